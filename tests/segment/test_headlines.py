"""Headlines: title, summary and tags of one clip speak of the same question."""

from __future__ import annotations

from pipeline.records import Referential
from pipeline.segment.headlines import headline_of
from pipeline.segment.tags import Line


def test_the_summary_answers_the_main_question() -> None:
    """Where a clip holds a second exchange, the summary stays with the question that is the title."""
    lines = [
        Line("C'est quoi le plus pénible ?", True),
        Line("Les inventaires, on compte tout le magasin jusqu'au dernier pot de yaourt.", False),
        Line("On finit épuisés à quatre heures du matin.", False),
        Line("Faut quel diplôme pour être pris au magasin ?", True),
        Line("J'ai un bac pro commerce et un BTS, et 12 collègues du magasin ont un diplôme.", False),
    ]

    found = headline_of(lines, "chef de rayon", Referential(), [0])

    assert (
        "Les inventaires, on compte tout le magasin jusqu'au dernier pot de yaourt.",
        "On finit épuisés à quatre heures du matin.",
    ) == found.summary
