"""Texts from outside the library: indexed, searched, ranked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import IndexMismatch, InvalidQuery
from pipeline.index.embed import Embedder
from pipeline.index.generation import build, publish
from pipeline.index.texts import Text, TextSearch, index_texts, sentences_of
from pipeline.records import Mode

NOW = datetime(2026, 3, 20, tzinfo=UTC)

TEXTS = [
    Text(id="pain/1", text="Je pétris la pâte à deux heures du matin, puis j'enfourne les baguettes."),
    Text(
        id="soin é",
        text="Je prépare les médicaments. Je fais le tour.",
        title="À l'hôpital",
        tags=["Santé"],
    ),
    Text(id="code", text="J'écris du Python toute la journée.", occupation="développeuse", tags="Numérique"),
    Text(id="vide", text=""),
]


@pytest.fixture(scope="module")
def indexed(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("texts")
    index_texts(TEXTS, embedder, root, NOW)
    return root


@pytest.mark.parametrize(
    ("question", "first"),
    [("baguette", "pain/1"), ("les medicaments", "soin é"), ("developpeur", "code"), ("santé", "soin é")],
)
def test_text_title_tags_and_occupation_are_searched(
    indexed: Path, embedder: Embedder, question: str, first: str
) -> None:
    """By words alone and by both; ids come back as they were given."""
    search = TextSearch(indexed, embedder)

    assert first == search.find(question, Mode.KEYWORD, 1)[0] == search.find(question, Mode.HYBRID, 1)[0]


def test_ranking_always_gives_as_many_as_asked(indexed: Path, embedder: Embedder) -> None:
    """Outside the library nobody is shown anything: nonsense is ranked too, by meaning."""
    assert 4 == len(TextSearch(indexed, embedder).find("zglub frtz", Mode.HYBRID, 10))
    assert 2 == len(TextSearch(indexed, embedder).find("zglub frtz", Mode.SEMANTIC, 2))


def test_words_need_no_model(indexed: Path) -> None:
    """Keyword mode loads none."""
    assert ["pain/1"] == TextSearch(indexed, None).find("pétrir", Mode.KEYWORD, 10)


def test_indexing_again_is_the_same_generation(indexed: Path, embedder: Embedder) -> None:
    """Same texts, same model: nothing is written anew."""
    assert index_texts(TEXTS, embedder, indexed, datetime(2027, 1, 1, tzinfo=UTC)).made_at == NOW


def test_another_model_is_refused(tmp_path: Path, embedder: Embedder) -> None:
    """Vectors of two models never meet."""
    publish(tmp_path, build((), "another", tmp_path, NOW))

    with pytest.raises(IndexMismatch, match="autre modèle"):
        TextSearch(tmp_path, embedder)


def test_an_empty_question_is_refused(indexed: Path, embedder: Embedder) -> None:
    """In the same words as in the library."""
    with pytest.raises(InvalidQuery, match="La question est vide"):
        TextSearch(indexed, embedder).find(" ", Mode.HYBRID, 3)


def test_sentences_lose_no_word() -> None:
    """Cut at punctuation and line ends, and every sixty words where there is none."""
    text = "Oui. Non ! Peut-être ?\nEnfin… " + "mot " * 130
    pieces = sentences_of(text)

    assert ["Oui.", "Non !", "Peut-être ?", "Enfin…"] == pieces[:4]
    assert [60, 60, 10] == [len(piece.split()) for piece in pieces[4:]]
    assert text.split() == " ".join(pieces).split()
