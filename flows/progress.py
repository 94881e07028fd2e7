"""Who is told how a run advances: the command shows it, tests collect it, nobody has to listen."""

from __future__ import annotations

from typing import Protocol

from pipeline.records import Stage, StageReport


class Progress(Protocol):
    """Told what happens, as it happens. Meetings are named by the operator's own id."""

    def waiting(self, holder: str) -> None:
        """Another run (its process number) holds the library; this one waits."""

    def recording(self, name: str, number: int, total: int) -> None:
        """A recording begins."""

    def stage(self, name: str, stage: Stage) -> None:
        """A stage of it begins."""

    def advance(self, name: str, stage: Stage, done: float, total: float) -> None:
        """A long stage advanced: seconds of audio transcribed, clips rendered."""

    def finished(self, name: str, report: StageReport) -> None:
        """A stage ended, well or not."""

    def note(self, text: str) -> None:
        """One French sentence about the run as a whole."""


class Silence:
    """Nobody listens."""

    def waiting(self, holder: str) -> None:
        """Say nothing."""

    def recording(self, name: str, number: int, total: int) -> None:
        """Say nothing."""

    def stage(self, name: str, stage: Stage) -> None:
        """Say nothing."""

    def advance(self, name: str, stage: Stage, done: float, total: float) -> None:
        """Say nothing."""

    def finished(self, name: str, report: StageReport) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""
