"""What the stage and its worker process say to each other.

The stage writes a :class:`Job` file; the worker leaves one :class:`Block` file a stretch transcribed, and prints
one message a line: :class:`Progress`, :class:`Notice`, or :class:`Failure` before it gives up.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from consent.records import Frozen
from pipeline.records import Doubt, Word
from pipeline.transcribe.blocks import BlockSpan
from pipeline.transcribe.options import DecodingOptions
from pipeline.transcribe.processor import Processor

JOB_FILE = "job.json"


class Job(Frozen):
    """The tracks to transcribe (absolute paths of WAV files) and the folder that keeps the blocks."""

    model_folder: Path
    processor: Processor
    threads: int
    options: DecodingOptions
    tracks: tuple[Path, ...]
    partial: Path


class Block(Frozen):
    """What was heard in one stretch of a track, and set aside; times in seconds from the *track's* start."""

    span: BlockSpan
    words: tuple[Word, ...]
    doubts: tuple[Doubt, ...]


class Progress(Frozen):
    """Seconds of audio transcribed so far, and in all."""

    kind: Literal["progress"] = "progress"
    done: float
    total: float


class Notice(Frozen):
    """What the operator should know of the machine; ``detail`` is one French sentence."""

    kind: Literal["notice"] = "notice"
    detail: str


class Cause(StrEnum):
    """Why a worker gives up."""

    MODEL = "model"
    TRACK = "track"
    STORAGE = "storage"
    MEMORY = "memory"


class Failure(Frozen):
    """The worker gives up; ``detail`` is one sentence where it is meant to be read."""

    kind: Literal["failure"] = "failure"
    cause: Cause
    detail: str


MESSAGE: TypeAdapter[Progress | Notice | Failure] = TypeAdapter(
    Annotated[Progress | Notice | Failure, Field(discriminator="kind")]
)
"""Reads one line of the worker's output."""


def block_file(partial: Path, track: int, block: int) -> Path:
    """Where a block is kept."""
    return partial / f"track-{track}-block-{block}.json"


def load_block(partial: Path, track: int, block: int, span: BlockSpan) -> Block | None:
    """A block already transcribed, or None where there is none for exactly that stretch."""
    try:
        kept = Block.model_validate_json(block_file(partial, track, block).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return kept if kept.span == span else None
