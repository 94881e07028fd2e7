"""Tests of :mod:`pipeline.transcribe`."""
