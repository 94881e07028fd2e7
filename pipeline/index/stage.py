"""The index stage: the vectors of one recording's clips, ready to enter any generation of the index.

Takes a render output, gives one NumPy file: for each clip its own vector, then one a sentence. A clip longer
than the model reads at once is embedded in windows, each with the title, and their vectors are averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from consent.clearance import Clearance
from consent.records import Purpose
from pipeline.index.embed import Embedder, Vectors
from pipeline.outputs import provenance
from pipeline.records import Clip, EmbeddedClip, Embedding, Provenance, Rendering, Stage

EMBED_VERSION = "2"
"""Change it whenever the same clip and model would give other vectors."""

VECTORS_FILE = "vectors.npy"


def provenance_of(rendering: Rendering, embedder_identity: str, made_at: datetime) -> Provenance:
    """The address of the embedding of that rendering by that model."""
    return provenance(Stage.INDEX, EMBED_VERSION, (rendering.provenance.key,), {}, made_at, model=embedder_identity)


def embed(
    rendering: Rendering, clearance: Clearance, embedder: Embedder, into: Path, provenance: Provenance
) -> Embedding:
    """Embed every clip of a recording and its sentences into ``into``.

    Raises:
        PermissionError: the clearance is not for this recording, or not for cutting and indexing.
    """
    clearance.require(rendering.recording_id, Purpose.CUT_AND_INDEX)
    blocks: list[Vectors] = []
    clips: list[EmbeddedClip] = []
    row = 0
    for clip in rendering.clips:
        sentences = embedder.passages([sentence.text for sentence in clip.sentences])
        blocks += [_clip_vector(clip, embedder)[np.newaxis], sentences]
        clips.append(
            EmbeddedClip(clip_id=clip.id, clip_row=row, first_sentence_row=row + 1, sentences=len(clip.sentences))
        )
        row += 1 + len(sentences)
    vectors = np.concatenate([np.zeros((0, embedder.dimension), dtype=np.float32), *blocks])
    np.save(into / VECTORS_FILE, vectors, allow_pickle=False)
    return Embedding(
        recording_id=rendering.recording_id,
        file=VECTORS_FILE,
        dimension=embedder.dimension,
        clips=tuple(clips),
        provenance=provenance,
    )


def _clip_vector(clip: Clip, embedder: Embedder) -> Vectors:
    """``(dimension,)`` float32 of unit length: the mean of the clip's windows."""
    texts = [sentence.text for sentence in clip.sentences]
    return mean_vector(embedder.passages(windows(clip.title, texts, embedder.window_words)))


def mean_vector(rows: Vectors) -> Vectors:
    """``(dimension,)`` float32 of unit length in the direction of the mean of ``(n, dimension)`` rows."""
    mean = rows.mean(axis=0)
    length = float(np.linalg.norm(mean))
    # Windows of one clip never cancel out in practice; a zero vector would only make it impossible to find.
    unit: Vectors = (mean / length if length > 0 else mean).astype(np.float32)
    return unit


def windows(title: str, sentences: Sequence[str], words: int) -> list[str]:
    """The title followed by as many whole sentences as fit in ``words``, and so on to the clip's end."""
    room = words - len(title.split())
    held: list[list[str]] = [[]]
    used = 0
    for sentence in sentences:
        count = len(sentence.split())
        if held[-1] and used + count > room:
            held.append([])
            used = 0
        held[-1].append(sentence)
        used += count
    return [" ".join([title, *window]).strip() for window in held]
