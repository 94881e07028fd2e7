"""Tests of the demo meetings' generator."""
