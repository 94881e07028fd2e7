"""The render stage: every clip of a segmentation becomes a video, its captions and a poster.

Takes a recording, its segmentation and a clearance for publication; gives a :class:`Rendering` whose files
lie in the output folder as ``<clip id>.mp4``, ``.vtt`` and ``.jpg``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from consent.clearance import Clearance
from consent.records import Span
from consent.rules import PUBLICATION
from pipeline.errors import RefusedMedia, UnreadableFile
from pipeline.outputs import provenance as make_provenance
from pipeline.outputs import write_synced
from pipeline.records import Clip, Provenance, Recording, Rendering, Segment, Segmentation, Sentence, Stage, Tag
from pipeline.render import captions, cut, poster
from pipeline.settings import MediaLimits

RENDER_VERSION = "6"
"""Raised whenever the same inputs and parameters give other files."""


_HEARD_S = 0.001
"""Times of words pass through frames of the video: a thousandth of a second is rounding, not speech."""


def provenance_of(recording: Recording, segmentation: Segmentation, made_at: datetime) -> Provenance:
    """The provenance, and so the key, that rendering these two gives."""
    parameters: dict[str, object] = {
        "crf": cut.CRF,
        "preset": cut.PRESET,
        "max_height": cut.MAX_HEIGHT,
        "audio": cut.AUDIO_BITRATE,
        "key_frame_s": cut.KEY_FRAME_S,
        "caption": f"{captions.MAX_LINES}x{captions.MAX_CHARACTERS}",
        "poster_width": poster.MAX_WIDTH,
    }
    inputs = (recording.media.sha256, recording.provenance.key, segmentation.provenance.key)
    return make_provenance(Stage.RENDER, RENDER_VERSION, inputs, parameters, made_at)


def render(
    recording: Recording,
    source: Path,
    segmentation: Segmentation,
    clearance: Clearance,
    limits: MediaLimits,
    into: Path,
    provenance: Provenance,
    progress: Callable[[int, int], None],
) -> Rendering:
    """Render every segment into the folder ``into``.

    Args:
        recording: what ingest found.
        source: where the recording is now.
        segmentation: the clips to make, of the same recording.
        clearance: for every purpose of publication.
        limits: what ffmpeg may use for one clip.
        into: an existing folder.
        provenance: from :func:`provenance_of`.
        progress: called with (clips done, clips in all), from (0, n) to (n, n).

    Raises:
        PermissionError: the clearance does not cover this.
        RefusedMedia: the source is damaged, or is no longer the file that was ingested.
        FfmpegFailed: a clip could not be made.
        UnreadableFile: the source cannot be opened now.
        StorageFull: no room left.
    """
    for recording_id in (recording.id, segmentation.recording_id):
        clearance.require(recording_id, *PUBLICATION)
    total = len(segmentation.segments)
    clips: list[Clip] = []
    progress(0, total)
    for segment in segmentation.segments:
        _check_source(recording, source)
        clips.append(_clip(recording, source, segment, clearance, limits, into))
        progress(len(clips), total)
    return Rendering(recording_id=recording.id, clips=tuple(clips), provenance=provenance)


def changed() -> RefusedMedia:
    """The error of a recording that is no longer the file that was ingested."""
    return RefusedMedia("L'enregistrement a changé depuis sa lecture ; relancez la nuit pour qu'il soit lu de nouveau.")


def _check_source(recording: Recording, source: Path) -> None:
    # The sentences do not name the file: operators name files after people, and reports are kept.
    try:
        size = source.stat().st_size
    except OSError as error:
        raise UnreadableFile(
            f"L'enregistrement n'est plus lisible à sa place ({error.strerror}) ; remettez-le, puis relancez."
        ) from error
    if size != recording.media.size_bytes:
        raise changed()


def _clip(
    recording: Recording, source: Path, segment: Segment, clearance: Clearance, limits: MediaLimits, into: Path
) -> Clip:
    video, vtt, jpeg = (into / f"{segment.id}.{ending}" for ending in ("mp4", "vtt", "jpg"))
    made = cut.cut(recording, source, segment.span, clearance, limits, video)
    cues = captions.cues(segment.utterances, made.start, made.duration)
    write_synced(vtt, captions.webvtt(cues).encode())
    poster.write_poster(recording.id, clearance, video, jpeg)
    roles = {person.id: person.role for person in recording.participants}
    start = max(0.0, made.start)
    with video.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sentences = captions.sentences(segment.utterances, roles, made.start, made.duration)
    return Clip(
        id=segment.id,
        recording_id=recording.id,
        span=Span(start=start, end=start + made.duration),
        duration=made.duration,
        title=segment.title,
        occupation=recording.occupation,
        language=recording.language,
        recorded_at=recording.recorded_at,
        width=made.width,
        height=made.height,
        sentences=sentences,
        video=video.name,
        captions=vtt.name,
        poster=jpeg.name,
        video_sha256=digest,
        summary=segment.summary,
        tags=tuple(_placed(tag, sentences, made.start) for tag in segment.tags),
        standalone=segment.standalone,
        names=segment.names,
    )


def _placed(tag: Tag, sentences: Sequence[Sentence], start: float) -> Tag:
    """A tag that points into the clip's sentences: these are not divided as those of the segment were."""
    if tag.sentence is None or tag.at is None or not sentences:
        return tag.model_copy(update={"sentence": None})
    at = tag.at - start
    # The one that is being said then; where two persons speak at once, the one that began last.
    saying = [index for index, one in enumerate(sentences) if one.span.start <= at + _HEARD_S and at < one.span.end]
    nearest = min(range(len(sentences)), key=lambda index: abs(sentences[index].span.start - at))
    return tag.model_copy(update={"sentence": saying[-1] if saying else nearest})
