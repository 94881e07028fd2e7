"""The tiny speech model, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.transcribe.whisper_model import build


@pytest.fixture(scope="session")
def whisper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory of a faster-whisper model that says one sentence; copy it before changing it."""
    return build(tmp_path_factory.mktemp("whisper"))
