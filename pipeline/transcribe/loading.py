"""Loading faster-whisper: the same way for the worker that transcribes and for the doctor that measures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.transcribe.processor import Processor

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

LOADING_ERRORS = (RuntimeError, ValueError, OSError, KeyError)
"""What the native loader, and faster-whisper's own reading of the configuration, say of damaged files."""


class Loaded(NamedTuple):
    """A model, and the numbers that it computes with."""

    model: WhisperModel
    compute_type: str


def load(folder: Path, processor: Processor, threads: int) -> Loaded:
    """Load a model's directory, with lighter numbers where a graphics card has no room for the best ones.

    Args:
        folder: a complete directory.
        processor: of :func:`pipeline.transcribe.processor.find_processor`.
        threads: of a processor; 0 for every core.

    Raises:
        RuntimeError, ValueError, OSError, KeyError: it cannot be loaded.
    """
    from faster_whisper import WhisperModel  # native libraries, slow to load

    *better, last = processor.compute_types
    for compute_type in better:
        try:
            return Loaded(_load(WhisperModel, folder, processor, threads, compute_type), compute_type)
        except RuntimeError as error:
            if "out of memory" not in str(error):
                raise
    return Loaded(_load(WhisperModel, folder, processor, threads, last), last)


def _load(
    kind: type[WhisperModel], folder: Path, processor: Processor, threads: int, compute_type: str
) -> WhisperModel:
    return kind(
        str(folder),
        device=processor.device.value,
        compute_type=compute_type,
        cpu_threads=threads or os.cpu_count() or 1,
        local_files_only=True,
    )
