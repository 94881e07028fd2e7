"""What the operator's tables tell of clips."""

from __future__ import annotations

import io

from rich.console import Console

from pipeline.catalogue import PublishedClip
from tests.videotheque.shelf import CLIPS
from videotheque.console import clip_table


def test_a_clip_to_review_is_told_with_its_reason() -> None:
    """The mark is the operator's: why the clip may not stand alone, beside what it is about."""
    console = Console(width=200, file=io.StringIO(), record=True)
    published = [PublishedClip(clip=clip, render_key="r", embedding_key="e") for clip in CLIPS]
    console.print(clip_table("boulangerie", published))
    told = console.export_text()

    assert "l'extrait s'ouvre sur une suite" in told
    assert "Journée type, Hôtellerie & restauration, CAP, BEP" in told
    assert 1 == told.count("s'ouvre sur")
