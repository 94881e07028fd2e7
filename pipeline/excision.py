"""Excision: single clips taken out of finished outputs, files, words and vectors, while the others stay in place.

Takes the render and index outputs of one recording and the ids of the clips that somebody no longer wants shown;
rewrites the two records and the vectors' file, each replaced in one gesture, and removes the clips' own files. It also
tells which outputs hold no word of some seconds, and so may be kept.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from consent.records import RecordingId, Span
from pipeline.outputs import OUTPUT_FILE, OutputStore, replace_synced
from pipeline.records import ClipId, EmbeddedClip, Embedding, Rendering, Segmentation, Stage, Transcript


def excise(outputs: OutputStore, recording_id: RecordingId, clip_ids: Collection[ClipId]) -> int:
    """Take clips out of every render and index output of a recording; how many files were removed.

    Raises:
        OSError: a file cannot be read, written or removed.
    """
    removed = 0
    for folder in outputs.finished(recording_id, Stage.RENDER):
        removed += _from_rendering(folder, clip_ids)
    for folder in outputs.finished(recording_id, Stage.INDEX):
        removed += _from_embedding(folder, clip_ids)
    return removed


def holders(outputs: OutputStore, recording_id: RecordingId, clip_ids: Collection[ClipId]) -> list[Path]:
    """The files of those outputs that still name one of the clips, by their own name or inside a record."""
    wanted = [clip_id.encode() for clip_id in clip_ids]
    return [
        path
        for stage in (Stage.RENDER, Stage.INDEX)
        for path in outputs.files(recording_id, stage)
        if any(one.decode() in path.name for one in wanted)
        or (path.suffix == ".json" and any(one in path.read_bytes() for one in wanted))
    ]


def wordless(outputs: OutputStore, recording_id: RecordingId, spans: Sequence[Span]) -> frozenset[Stage]:
    """The stages whose outputs are there, and hold no word that is said in these seconds."""
    transcripts = outputs.loaded(recording_id, Stage.TRANSCRIBE, Transcript)
    segments = [each for one in outputs.loaded(recording_id, Stage.SEGMENT, Segmentation) for each in one.segments]
    said = {
        Stage.TRANSCRIBE: [
            *(word.span for one in transcripts for each in one.utterances for word in each.words),
            *(doubt.span for one in transcripts for doubt in one.doubts),
        ],
        Stage.SEGMENT: [word.span for one in segments for each in one.utterances for word in each.words],
    }
    # Where a word begins or ends is known to a few hundredths: it is where its middle is.
    return frozenset(
        stage
        for stage, words in said.items()
        if words and not any(span.start <= (word.start + word.end) / 2 < span.end for word in words for span in spans)
    )


def _from_rendering(folder: Path, clip_ids: Collection[ClipId]) -> int:
    rendering = Rendering.model_validate_json((folder / OUTPUT_FILE).read_bytes())
    leaving = [clip for clip in rendering.clips if clip.id in clip_ids]
    kept = tuple(clip for clip in rendering.clips if clip.id not in clip_ids)
    removed = 0
    for clip in leaving:  # before the record: killed in between, the record still names what is left to remove
        for name in (clip.video, clip.captions, clip.poster):
            removed += (folder / name).exists()
            (folder / name).unlink(missing_ok=True)
    if leaving:
        _replace(folder, rendering.model_copy(update={"clips": kept}))
    return removed


def _from_embedding(folder: Path, clip_ids: Collection[ClipId]) -> int:
    embedding = Embedding.model_validate_json((folder / OUTPUT_FILE).read_bytes())
    kept = [clip for clip in embedding.clips if clip.clip_id not in clip_ids]
    if len(kept) == len(embedding.clips):
        return 0
    vectors = np.load(folder / embedding.file, allow_pickle=False)
    rows: list[int] = []
    clips: list[EmbeddedClip] = []
    for clip in kept:
        at = len(rows)
        rows += [clip.clip_row, *range(clip.first_sentence_row, clip.first_sentence_row + clip.sentences)]
        clips.append(clip.model_copy(update={"clip_row": at, "first_sentence_row": at + 1}))
    # Under another name first: killed between the two, the record must still fit the file that it names.
    content = io.BytesIO()
    np.save(content, vectors[rows], allow_pickle=False)
    name = f"excised-{len(kept)}-{embedding.file.removeprefix('excised-')}"
    replace_synced(folder / name, content.getvalue())
    _replace(folder, embedding.model_copy(update={"clips": tuple(clips), "file": name}))
    (folder / embedding.file).unlink(missing_ok=True)
    return 1


def _replace(folder: Path, record: Rendering | Embedding) -> None:
    replace_synced(folder / OUTPUT_FILE, record.model_dump_json(indent=1).encode())
