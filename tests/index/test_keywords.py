"""The keyword engine's fields: what is found by a theme that nobody said."""

from __future__ import annotations

from pathlib import Path

from pipeline.index.keywords import Collection, KeywordIndex, keyword_document, write_keywords
from pipeline.index.question import understand
from pipeline.records import Tag, TagKind
from tests.index.shelf import make_clip


def test_a_clip_is_found_by_its_themes(tmp_path: Path) -> None:
    """« Reconversion » finds the clip that tells one without the word; the occupation is not counted twice."""
    told = ("Vous étiez comptable avant ?", "Oui, et j'ai tout quitté pour le bois.")
    plain = make_clip("menuisière", 0, "Pourquoi avoir tout quitté ?", told)
    tags = (
        Tag(kind=TagKind.QUESTION, value="retraining", label="Reconversion", confidence=0.9, sentence=0),
        Tag(kind=TagKind.OCCUPATION, value="menuisiere", label="Menuisière", confidence=1),
    )
    documents = [keyword_document(0, plain), keyword_document(1, plain.model_copy(update={"tags": tags}))]
    write_keywords(documents, tmp_path)

    assert ("", "Reconversion") == tuple(one.tags for one in documents)
    found = Collection([KeywordIndex(tmp_path)]).search(0, understand("une reconversion").words, 5)
    assert [1] == [one.row for one in found]
