"""Tests of pipeline/segment."""
