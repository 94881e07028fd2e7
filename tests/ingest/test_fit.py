"""Whether a transcript is that recording's: what is somebody else's is refused, what is ours never is."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from consent.records import Span
from demo import script
from pipeline.errors import TranscriptRefused
from pipeline.ingest.fit import check_language, check_sound
from pipeline.records import Cue, Track, TrackOrigin

RATE = 16_000


def _cues(*spans: tuple[float, float], text: str = "Je suis boulangère.") -> list[Cue]:
    return [Cue(span=Span(start=start, end=end), speaker=None, text=text) for start, end in spans]


def _said(texts: list[str]) -> list[Cue]:
    return [Cue(span=Span(start=n, end=n + 1), speaker=None, text=text) for n, text in enumerate(texts)]


def _track(folder: Path, seconds: int, *talk: tuple[int, int], offset: float = 0.0, name: str = "track-0.wav") -> Track:
    """A quiet room in which somebody talks (noise here) at those seconds of the track."""
    chance = np.random.default_rng(7)
    samples = chance.standard_normal(seconds * RATE) * 15
    for start, end in talk:
        samples[start * RATE : end * RATE] = chance.standard_normal((end - start) * RATE) * 2500
    with wave.open(str(folder / name), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return Track(person=None, origin=TrackOrigin.MIX, file=name, offset=offset, duration=seconds)


@pytest.mark.parametrize("name", script.names())
def test_our_meetings_are_french(name: str) -> None:
    """Every demo meeting passes, whole and turn by turn; taken for another language it is refused."""
    texts = [turn.text for turn in script.load(name).turns]

    check_language(_said(texts), "fr")
    for text in texts:
        check_language(_said([text] * 10), "fr")
    for other in ("en", "es", "de", "it", "pt", "nl"):
        with pytest.raises(TranscriptRefused, match="La transcription est en français, alors que"):
            check_language(_said(texts), other)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("anglais", "So what do you like about this job, and how did you start in the bakery with your sister?"),
        (
            "espagnol",
            "Yo me levanto a las cinco y hago el pan con mi hermana, y eso es lo que más me gusta.",
        ),
        (
            "allemand",
            "Ich stehe um fünf Uhr auf und wir backen das Brot für die Stadt, das ist ein schöner Beruf.",
        ),
        (
            "italien",
            "Io mi alzo alle cinque e faccio il pane con mia sorella, ma non è una cosa facile.",
        ),
        ("portugais", "Eu acordo às cinco e faço o pão com a minha irmã, e não é uma coisa que se aprende em um dia."),
        (
            "néerlandais",
            "Ik sta om vijf uur op en we bakken het brood voor de hele stad, dat is niet iets voor je.",
        ),
    ],
)
def test_another_language_is_named(language: str, text: str) -> None:
    """A platform that translated, or the transcript of somebody else's meeting."""
    with pytest.raises(TranscriptRefused, match=f"est en {language}, alors que la rencontre est en français"):
        check_language(_said([text] * 4), "fr")


@pytest.mark.parametrize(
    "text",
    [
        "Hello everyone, welcome, nice to meet you.",
        "Le machine learning, le cloud, le front-end et le back-end, c'est du marketing et du storytelling.",
    ],
)
def test_a_greeting_and_trade_words_decide_nothing(text: str) -> None:
    """Too few words, or French with English nouns."""
    check_language(_said([text] * (1 if text.startswith("Hello") else 6)), "fr")


def test_a_language_that_we_do_not_know_is_not_judged() -> None:
    """A meeting in Breton is not refused for what our lists lack."""
    check_language(_said(["demat deoc'h, me zo o chom e Brest hag e labouran en ur stal-vara"] * 8), "br")


def test_a_transcript_of_all_the_talk_is_kept_without_a_remark(tmp_path: Path) -> None:
    """Cues a little early, pauses between them, and a minute of silence at the end."""
    track = _track(tmp_path, 300, (10, 100), (110, 230))

    assert None is check_sound(_cues((9, 60), (61, 99), (108.5, 228)), [track], tmp_path, 300)


def test_talk_that_the_transcript_leaves_out_is_told(tmp_path: Path) -> None:
    """The platform's transcription was started two minutes late: kept, with the length of what is missing."""
    track = _track(tmp_path, 600, (0, 600))

    remark = check_sound(_cues((120, 600)), [track], tmp_path, 600)

    assert remark is not None
    assert "laisse 1 min 58 s de paroles de côté" in remark


def test_a_transcript_of_less_than_half_the_talk_is_refused(tmp_path: Path) -> None:
    """An export that stopped, or a shorter meeting's."""
    track = _track(tmp_path, 600, (0, 600))

    with pytest.raises(TranscriptRefused, match=r"ne couvre que .* des 10 min 00 s de paroles"):
        check_sound(_cues((0, 200)), [track], tmp_path, 600)


def test_a_transcript_over_silence_is_refused(tmp_path: Path) -> None:
    """Another meeting of the same length: it speaks where nobody does."""
    track = _track(tmp_path, 600, (0, 100), (300, 330))

    with pytest.raises(TranscriptRefused, match="où l'enregistrement est silencieux"):
        check_sound(_cues((0, 20), (110, 290), (340, 590)), [track], tmp_path, 600)


def test_each_person_s_talk_counts_where_it_is_on_the_clock(tmp_path: Path) -> None:
    """Two tracks, one of which begins a hundred seconds late: together they talk under all the cues."""
    tracks = [
        _track(tmp_path, 300, (0, 100)),
        _track(tmp_path, 200, (0, 200), offset=100, name="track-1.wav"),
    ]

    assert None is check_sound(_cues((0, 300)), tracks, tmp_path, 300)
