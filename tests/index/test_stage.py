"""The index stage: a rendering's vectors."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from consent.records import Purpose
from pipeline.index.embed import Embedder
from pipeline.index.stage import embed, provenance_of
from tests.clearances import clearance_for
from tests.index.shelf import NOW, make_clip, make_rendering


def test_every_clip_and_sentence_has_its_row(embedder: Embedder, tmp_path: Path) -> None:
    """The record says where; sentences are embedded as they stand, the clip with its title."""
    rendering = make_rendering("infirmière")
    clearance = clearance_for(rendering.recording_id, Purpose.CUT_AND_INDEX)
    made = embed(rendering, clearance, embedder, tmp_path, provenance_of(rendering, embedder.identity, NOW))

    rows = np.load(tmp_path / made.file, allow_pickle=False)
    assert (2 + 4 + 3, embedder.dimension) == rows.shape
    assert np.allclose(1, np.linalg.norm(rows, axis=1), atol=1e-5)
    for clip, place in zip(rendering.clips, made.clips, strict=True):
        assert (clip.id, len(clip.sentences)) == (place.clip_id, place.sentences)
        texts = [sentence.text for sentence in clip.sentences]
        sentences = rows[place.first_sentence_row : place.first_sentence_row + place.sentences]
        assert np.allclose(embedder.passages(texts), sentences, atol=1e-5)
        assert np.allclose(embedder.passages([" ".join([clip.title, *texts])])[0], rows[place.clip_row], atol=1e-5)


def test_the_end_of_a_long_clip_counts(embedder: Embedder, tmp_path: Path) -> None:
    """A model reads a hundred words or so; what is said after them still moves the clip's vector."""
    start = [f"Alors la phrase numéro {number} parle du pain et du four." for number in range(30)]
    vectors = []
    for end in ("Voilà pour le pain.", "Ensuite je soigne les vaches et les chevaux à la clinique vétérinaire."):
        rendering = make_rendering("boulanger")
        clip = make_clip("boulanger", 0, "Le pain", [*start, end])
        rendering = rendering.model_copy(update={"clips": (clip,)})
        made = embed(
            rendering,
            clearance_for(rendering.recording_id),
            embedder,
            tmp_path,
            provenance_of(rendering, embedder.identity, NOW),
        )
        vectors.append(np.load(tmp_path / made.file)[made.clips[0].clip_row])

    assert float(vectors[0] @ vectors[1]) < 0.999


def test_a_rendering_without_clips_has_no_row(embedder: Embedder, tmp_path: Path) -> None:
    """Nothing to index is not an error."""
    rendering = make_rendering("boulanger").model_copy(update={"clips": ()})
    clearance = clearance_for(rendering.recording_id)
    made = embed(rendering, clearance, embedder, tmp_path, provenance_of(rendering, embedder.identity, NOW))

    assert ((), (0, embedder.dimension)) == (made.clips, np.load(tmp_path / made.file).shape)


@pytest.mark.parametrize(
    ("occupation", "purpose"), [("boulanger", Purpose.CUT_AND_INDEX), ("infirmière", Purpose.TRANSCRIBE)]
)
def test_without_leave_nothing_is_embedded(
    embedder: Embedder, tmp_path: Path, occupation: str, purpose: Purpose
) -> None:
    """Another meeting's clearance, or one that stops before the cut."""
    rendering = make_rendering("infirmière")
    clearance = clearance_for(make_rendering(occupation).recording_id, purpose)

    with pytest.raises(PermissionError):
        embed(rendering, clearance, embedder, tmp_path, provenance_of(rendering, embedder.identity, NOW))
    assert list(tmp_path.iterdir()) == []


def test_the_address_of_an_embedding_follows_from_rendering_and_model() -> None:
    """Another model or another rendering is another output; another day is the same."""
    nurse, baker = make_rendering("infirmière"), make_rendering("boulanger")
    key = provenance_of(nurse, "model", NOW).key

    assert key == provenance_of(nurse, "model", NOW + timedelta(days=1)).key
    assert len({key, provenance_of(nurse, "other", NOW).key, provenance_of(baker, "model", NOW).key}) == 3
