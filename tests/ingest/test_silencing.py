"""What somebody took back is silent to the sample, and in no caption."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.records import Span
from pipeline.ingest.silencing import silence, without
from pipeline.records import Cue, Sidecar, Track, TrackOrigin, TranscriptOrigin

RATE = 16_000


def _track(folder: Path, seconds: float, offset: float, rate: float) -> Track:
    samples = np.full(round(seconds * RATE), 1000, dtype="<i2")
    with wave.open(str(folder / "track.wav"), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return Track(person=None, origin=TrackOrigin.OWN_FILE, file="track.wav", offset=offset, duration=seconds, rate=rate)


def _samples(path: Path) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.floats(-5, 5),
    st.floats(0.995, 1.005),
    st.lists(st.tuples(st.floats(0, 12), st.floats(0.01, 4)), min_size=1, max_size=3),
)
def test_exactly_the_samples_heard_then_are_silent(
    tmp_path: Path, offset: float, rate: float, parts: list[tuple[float, float]]
) -> None:
    """Whatever the track's own clock: every sample heard in a span is zero, the others are as they were."""
    track, path = _track(tmp_path, 8.0, offset, rate), tmp_path / "track.wav"
    spans = [Span(start=start, end=start + length) for start, length in parts]

    silence(track, path, spans)

    samples = _samples(path)
    heard_at = offset + rate * np.arange(len(samples)) / RATE
    hidden = np.any([(heard_at >= one.start) & (heard_at < one.end) for one in spans], axis=0)
    near = np.any([np.minimum(abs(heard_at - one.start), abs(heard_at - one.end)) < 2 / RATE for one in spans], axis=0)
    assert len(samples) == 8 * RATE
    assert not samples[hidden].any()
    assert (samples[~hidden & ~near] == 1000).all()


@pytest.mark.parametrize(
    ("start", "end", "left"), [(0.0, 4.9, "ab"), (5.0, 5.1, "b"), (6.0, 9.0, ""), (9.0, 99.0, "a")]
)
def test_a_caption_that_touches_a_span_is_left_out(start: float, end: float, left: str) -> None:
    """Whole: nobody can tell which of its words were said when."""
    cues = tuple(
        Cue(span=Span(start=first, end=last), speaker=None, text=text)
        for first, last, text in ((5.0, 7.0, "a"), (7.0, 10.0, "b"))
    )

    kept = without(Sidecar(origin=TranscriptOrigin.PLATFORM, cues=cues), [Span(start=start, end=end)])

    assert kept is not None
    assert left == "".join(cue.text for cue in kept.cues)
    assert without(None, [Span(start=start, end=end)]) is None
