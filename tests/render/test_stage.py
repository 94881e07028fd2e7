"""Rules of pipeline.render.stage."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest

from consent.records import Purpose, RecordingId, Role, Span
from pipeline.errors import RefusedMedia, UnreadableFile
from pipeline.outputs import provenance
from pipeline.records import ClipId, Recording, Segment, Segmentation, Sentence, Stage, Standalone, Tag, TagKind
from pipeline.render.stage import _placed, provenance_of, render
from pipeline.settings import MediaLimits
from tests.render import media
from tests.render.test_captions import utterance

FIRST, SECOND = ClipId("clip-00000000000000000001"), ClipId("clip-00000000000000000002")


def segmentation(recording_id: RecordingId = media.RECORDING, version: str = "1") -> Segmentation:
    return Segmentation(
        recording_id=recording_id,
        segments=tuple(
            Segment(
                id=clip_id,
                recording_id=recording_id,
                span=Span(start=start, end=start + 4.01),
                title="Une journée à l'atelier",
                utterances=(
                    utterance(media.YOUNG, start + 0.5, "Vous commencez tôt ?"),
                    utterance(media.PRO, start + 2, "Oui, à six heures."),
                ),
            )
            for clip_id, start in ((FIRST, 5.015), (SECOND, 15.0))
        ),
        omissions=(),
        provenance=provenance(Stage.SEGMENT, version, ("transcript",), {}, media.NOW),
    )


@pytest.fixture
def source(ntsc: Path, tmp_path: Path) -> Path:
    path = tmp_path / "recording.mp4"
    path.write_bytes(ntsc.read_bytes())
    return path


@pytest.fixture
def recording(source: Path) -> Recording:
    return media.recording(source, "30000/1001")


def run(
    recording: Recording, source: Path, asked: Segmentation, into: Path, *purposes: Purpose
) -> list[tuple[int, int]]:
    steps: list[tuple[int, int]] = []
    origin = provenance_of(recording, asked, media.NOW)
    render(
        recording,
        source,
        asked,
        media.clearance(*purposes),
        MediaLimits(),
        into,
        origin,
        lambda done, total: steps.append((done, total)),
    )
    return steps


def test_each_segment_becomes_a_clip_with_its_three_files(recording: Recording, source: Path, tmp_path: Path) -> None:
    """The record tells the files' truth: times of the cut on the frame grid, size, hash, sentences."""
    into = tmp_path / "out"
    into.mkdir()
    asked = segmentation()
    origin = provenance_of(recording, asked, media.NOW)
    made = render(recording, source, asked, media.clearance(), MediaLimits(), into, origin, lambda *_: None)
    clip = made.clips[0]

    assert sorted(f"{one}.{end}" for one in (FIRST, SECOND) for end in ("mp4", "vtt", "jpg")) == sorted(
        path.name for path in into.iterdir()
    )
    assert (clip.id, clip.occupation, clip.language, clip.recorded_at) == (FIRST, "Soudeuse", "fr", media.NOW)
    assert float(Fraction(150 * 1001, 30000)) == pytest.approx(clip.span.start)
    assert float(Fraction(120 * 1001, 30000)) == pytest.approx(clip.duration) == pytest.approx(clip.span.duration)
    assert (clip.width, clip.height) == (media.WIDTH, media.HEIGHT)
    assert hashlib.sha256((into / clip.video).read_bytes()).hexdigest() == clip.video_sha256
    assert [one.text for one in clip.sentences] == ["Vous commencez tôt\u202f?", "Oui, à six heures."]
    assert pytest.approx(5.515 - clip.span.start) == clip.sentences[0].span.start
    assert "– Oui, à six heures." in (into / clip.captions).read_text("utf-8")
    assert made.provenance == origin
    assert list(range(150, 270)) == media.numbers(into / clip.video)


def test_progress_counts_the_clips(recording: Recording, source: Path, tmp_path: Path) -> None:
    """From none to all, one at a time."""
    assert run(recording, source, segmentation(), tmp_path) == [(0, 2), (1, 2), (2, 2)]


def test_publication_must_be_cleared(recording: Recording, source: Path, tmp_path: Path) -> None:
    """A clearance up to the cut makes no clip."""
    with pytest.raises(PermissionError, match="original_voice, publish, show_face"):
        run(recording, source, segmentation(), tmp_path, Purpose.CUT_AND_INDEX)
    assert not list(tmp_path.glob("clip-*"))


def test_a_segmentation_of_another_recording_is_not_rendered(
    recording: Recording, source: Path, tmp_path: Path
) -> None:
    """The cut times of one meeting never cut another."""
    with pytest.raises(PermissionError):
        run(recording, source, segmentation(RecordingId("rec-ffffffffffffffff")), tmp_path)


def test_a_source_that_vanished_is_told(recording: Recording, source: Path, tmp_path: Path) -> None:
    """One sentence, without the file's name (operators name files after people), and no lasting refusal."""
    source.unlink()

    with pytest.raises(UnreadableFile, match="n'est plus lisible à sa place") as told:
        run(recording, source, segmentation(), tmp_path)
    assert "recording.mp4" not in str(told.value)


def test_a_recording_may_move(recording: Recording, source: Path, tmp_path: Path) -> None:
    """The ingest output holds no path: the recording is rendered from where it is now."""
    moved = source.rename(tmp_path / "elsewhere.mp4")

    assert str(tmp_path) not in recording.model_dump_json()
    assert run(recording, moved, segmentation(), tmp_path)[-1] == (2, 2)


def test_a_source_that_changed_is_told(recording: Recording, source: Path, tmp_path: Path) -> None:
    """Another file under the same name is not what was transcribed and consented to."""
    with source.open("ab") as file:
        file.write(b"x")

    with pytest.raises(RefusedMedia, match="a changé depuis sa lecture"):
        run(recording, source, segmentation(), tmp_path)


def test_the_key_follows_the_inputs(recording: Recording) -> None:
    """Known before the run; another segmentation gives another key, another hour does not."""
    key = provenance_of(recording, segmentation(), media.NOW).key

    assert key == provenance_of(recording, segmentation(), media.NOW.replace(hour=3)).key
    assert key != provenance_of(recording, segmentation(version="2"), media.NOW).key


def test_a_tag_points_to_the_sentence_of_the_clip_that_is_said_then() -> None:
    """A segment's sentences and a clip's are not divided alike: the time of the words tells which it is."""
    said = [(0.5, 2.0, "Quelles études ?"), (2.5, 6.0, "Un BTS."), (6.0, 9.0, "En deux ans.")]
    sentences = tuple(
        Sentence(role=Role.PROFESSIONAL, span=Span(start=start, end=end), text=text) for start, end, text in said
    )
    tag = Tag(kind=TagKind.LEVEL, value="bac+2", label="Bac + 2", confidence=0.9, sentence=0, at=14.0)

    assert 1 == _placed(tag, sentences, 11.0).sentence
    assert 2 == _placed(tag.model_copy(update={"at": 17.0}), sentences, 11.0).sentence
    assert 0 == _placed(tag.model_copy(update={"at": 11.1}), sentences, 11.0).sentence
    assert _placed(tag.model_copy(update={"at": None}), sentences, 11.0).sentence is None
    assert _placed(tag.model_copy(update={"sentence": None}), sentences, 11.0).sentence is None


def test_what_is_read_of_a_segment_is_read_of_its_clip(recording: Recording, source: Path, tmp_path: Path) -> None:
    """Summary, tags and the self-contained check travel with the clip; an older segment has none of them."""
    plain = segmentation()
    tag = Tag(kind=TagKind.QUESTION, value="typical_day", label="Journée type", confidence=0.9, sentence=0, at=5.6)
    alone = Standalone(score=0.4, reasons=("l'extrait s'ouvre sur une suite",), needs_review=True)
    first = plain.segments[0].model_copy(
        update={"summary": ("Oui, à six heures.",), "tags": (tag,), "standalone": alone}
    )
    asked = plain.model_copy(update={"segments": (first, plain.segments[1])})
    into = tmp_path / "out"
    into.mkdir()
    origin = provenance_of(recording, asked, media.NOW)
    clips = render(recording, source, asked, media.clearance(), MediaLimits(), into, origin, lambda *_: None).clips

    assert (("Oui, à six heures.",), alone) == (clips[0].summary, clips[0].standalone)
    assert ["Journée type"] == [one.label for one in clips[0].tags]
    assert ((), (), None) == (clips[1].summary, clips[1].tags, clips[1].standalone)
