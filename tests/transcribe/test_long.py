"""Three hours: memory stays flat, progress is told, and a crash at minute 150 costs one block."""

from __future__ import annotations

import os
import signal
import wave
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import TranscriptionFailed
from pipeline.records import Recording, Track, TrackOrigin, Transcript
from pipeline.transcribe.options import SpeechSettings, options_for
from pipeline.transcribe.stage import provenance_of, transcribe
from tests.transcribe.recordings import NOW, PRO, clearance, recording
from tests.transcribe.speech import RATE, say
from tests.transcribe.test_stage import _workers

HOURS_S, BLOCK_S = 3 * 3600, 900
MINUTE_150 = 9000


def _three_hours(folder: Path) -> Recording:
    """A track of silence in which one sentence is said every ten minutes."""
    spoken = say("Je suis boulangère depuis douze ans.")
    with wave.open(str(folder / "track-0.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for _ in range(HOURS_S // 600):
            minute = np.zeros(600 * RATE, np.int16)
            minute[300 * RATE : 300 * RATE + len(spoken)] = spoken
            file.writeframes(minute.astype("<i2").tobytes())
    short = recording(folder, {}, duration=HOURS_S)
    track = Track(person=PRO, origin=TrackOrigin.OWN_FILE, file="track-0.wav", offset=0, duration=HOURS_S)
    return short.model_copy(update={"tracks": (track,)})


class _Watching:
    """Told of the progress: how far, and the most memory that the worker has held (MiB); may kill it."""

    def __init__(self, kill_at: float = float("inf")) -> None:
        self.done: list[float] = []
        self.peaks: list[float] = []
        self._kill_at = kill_at

    def __call__(self, done: float, total: float) -> None:
        assert total == HOURS_S
        self.done.append(done)
        for worker in _workers():
            status = Path(f"/proc/{worker}/status").read_text()
            peak = next((line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")), None)
            self.peaks += [int(peak) / 1024] if peak is not None and done > 0 else []
            if done >= self._kill_at:
                os.kill(worker, signal.SIGKILL)


def _run(one: Recording, folder: Path, whisper: Path, watching: _Watching) -> Transcript:
    settings = SpeechSettings(model=str(whisper), threads=1, block_s=BLOCK_S)
    made = provenance_of(one, "sha256:test", options_for(one, settings), NOW)
    return transcribe(one, folder, clearance(), settings, folder / "partial", made, watching)


@pytest.mark.slow
def test_three_hours_in_flat_memory_and_a_crash_costs_one_block(whisper: Path, tmp_path: Path) -> None:
    """The worker's peak does not grow with the blocks; killed at minute 150, it leaves all but the last half hour."""
    one = _three_hours(tmp_path)
    first, second = _Watching(MINUTE_150), _Watching()

    with pytest.raises(TranscriptionFailed, match="a été tué"):
        _run(one, tmp_path, whisper, first)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "partial").glob("track-0-block-*.json")}
    transcript = _run(one, tmp_path, whisper, second)

    blocks = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "partial").glob("track-0-block-*.json")}
    again = {name for name, changed in blocks.items() if kept.get(name) != changed}
    assert first.done[-1] >= MINUTE_150
    assert set(kept) == set(blocks) - again
    assert len(kept) >= first.done[-1] // BLOCK_S
    assert HOURS_S == second.done[-1]
    assert sorted(second.done) == second.done
    assert len({round(word.span.start / 600) for said in transcript.utterances for word in said.words}) >= 18
    assert max(first.peaks + second.peaks) < 1536
    assert max(first.peaks) - first.peaks[0] < 200
