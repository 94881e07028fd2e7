"""Loading faster-whisper: the same way for the worker that transcribes and for the doctor that measures.

A model counts as loaded once it has listened to a silent window: a graphics card whose libraries are missing, or
without room, says so at the first computation only.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pipeline.transcribe.processor import OUT_OF_MEMORY, Device, Processor, count_cores

if TYPE_CHECKING:
    from faster_whisper import WhisperModel

LOADING_ERRORS = (RuntimeError, ValueError, OSError, KeyError, TypeError, MemoryError)
"""What the native loader, and faster-whisper's own reading of the configuration, say of damaged files."""

NO_MEMORY = (
    "Il n'y a pas assez de mémoire pour le modèle de parole ; libérez-en, réduisez VIDEOTHEQUE_ASR_BLOCK_S, ou "
    "choisissez un modèle plus petit (VIDEOTHEQUE_ASR_MODEL)."
)

_NO_MEMORY_SIGNS = (*OUT_OF_MEMORY, "failed to allocate", "could not create a memory object", "bad_alloc")
"""What CUDA, MKL, oneDNN and the C++ library say; the model's files are sound."""


class Loaded(NamedTuple):
    """A model, what it computes on, and what the operator should know of that (empty where all is as wanted)."""

    model: WhisperModel
    processor: Processor
    notice: str

    @property
    def compute_type(self) -> str:
        """The numbers that it computes with."""
        return self.processor.compute_types[0]


def load(folder: Path, processor: Processor, threads: int, why: str = "") -> Loaded:
    """Load a model's directory; where the graphics card fails, with lighter numbers, then without the card.

    Args:
        folder: a complete directory.
        processor: of :func:`pipeline.transcribe.processor.find_processor`.
        threads: of a processor; 0 for every core.
        why: the failure that made this processor be tried, where it is not the first.

    Raises:
        RuntimeError, ValueError, OSError, KeyError, TypeError, MemoryError: it cannot be loaded.
    """
    while True:
        try:
            return Loaded(_load(folder, processor, threads), processor, _notice(processor, why) if why else "")
        except (RuntimeError, ValueError) as error:
            lighter = processor.after(str(error))
            if lighter is None:
                raise
            processor, why = lighter, str(error)


def lacks_memory(error: BaseException) -> bool:
    """Whether an error of loading or computing is that of a machine without memory left."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _NO_MEMORY_SIGNS)


def _load(folder: Path, processor: Processor, threads: int) -> WhisperModel:
    from ctranslate2 import Device as Where  # native libraries, slow to load
    from faster_whisper import WhisperModel

    model = WhisperModel(
        str(folder),
        device=processor.device.value,
        compute_type=processor.compute_types[0],
        cpu_threads=threads or count_cores(),
        local_files_only=True,
    )
    wanted, given = model.model.n_mels, int(model.feat_kwargs.get("feature_size", 80))
    if wanted != given:
        raise ValueError(
            f"preprocessor_config.json est celui d'un autre modèle : {given} bandes de fréquences au lieu de {wanted}"
        )
    frames = model.feature_extractor.nb_max_frames
    # A card computes while we go on: only having the result back tells that it can.
    model.encode(np.zeros((wanted, frames), dtype=np.float32)).to_device(Where.cpu)
    return model


def _notice(processor: Processor, why: str) -> str:
    told = " ".join(why.split())[:200].rstrip(".")
    instead = f"en {processor.compute_types[0]}" if processor.device is Device.CUDA else "par le processeur, plus lent"
    return f"La carte graphique ne peut pas calculer comme prévu ({told}) : la transcription se fait {instead}."
