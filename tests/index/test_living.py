"""Words told to a visitor: only those of clips that may be shown at that very instant."""

from __future__ import annotations

from pipeline.index.suggest import suggest
from tests.index.shelf import Shelf


def test_a_word_that_only_a_withdrawn_clip_holds_is_not_offered(shelf: Shelf) -> None:
    """« parcoursop » meant the one clip that says Parcoursup: once it is withdrawn, nobody is told that it did."""
    held = [entry.clip.id for entry in shelf.entries if any("Parcoursup" in one.text for one in entry.clip.sentences)]
    before = shelf.find("parcoursop").understood

    shelf.withdrawn.update(held)

    assert "parcoursup" == before
    assert "parcoursup" not in shelf.find("parcoursop").understood
    assert "parcoursup" not in shelf.find("comment marche parcoursop").understood


def test_the_next_likeliest_word_is_offered_instead(shelf: Shelf) -> None:
    """A trade that is gone no longer stands between the visitor and what is left: nothing of it is suggested."""
    shelf.withdrawn.update(entry.clip.id for entry in shelf.entries if entry.clip.occupation == "boulanger")

    found = suggest(shelf.reader.current(), "boulenger", 8, shelf)

    assert () == found
    assert "boulanger" not in shelf.find("boulenger").understood
