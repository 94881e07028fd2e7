"""Headlines: title, summary and tags of a clip, from its sentences.

Takes sentences with who asks, those of the main question, the declared occupation and the imported referential;
gives a :class:`pipeline.records.Headline`. The one door to titles, summaries and tags for the stage.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from pipeline.records import Headline, Referential
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.lexicon import LONGEST
from pipeline.segment.summary import summary_of
from pipeline.segment.tags import Line, tags_of
from pipeline.segment.titles import title_of


def headline_of(
    lines: Sequence[Line],
    occupation: str | None,
    referential: Referential,
    main: Collection[int] | None = None,
    embedder: PassageEmbedder | None = None,
    taken: Collection[str] = frozenset(),
) -> Headline:
    """What is read of a clip before it is watched.

    Args:
        lines: the clip's sentences, in order.
        occupation: the professional's, as declared.
        referential: what the operator imported; empty where nothing was.
        main: indexes of the sentences that ask the clip's main question; every asking sentence where None.
        embedder: tells better what kind of question it is; there may be none.
        taken: titles of the meeting's other clips.
    """
    asking = sorted(main) if main is not None else [index for index, line in enumerate(lines) if line.asks]
    first = asking[0] if asking else -1
    asked = [lines[index].text[-LONGEST:] for index in asking]  # a question that comes at last is at the end
    told = [line.text[:LONGEST] for index, line in enumerate(lines) if index not in asking and index > first]
    answers = _answer(lines, asking, first)
    # Only the main question tells what kind of question the clip answers; the others are follow-ups.
    read = [replace(line, asks=index in asking, asker=line.from_asker) for index, line in enumerate(lines)]
    return Headline(
        title=title_of(asked, told, occupation, taken),
        summary=max(summary_of(asked, answers), summary_of(asked, told), key=len),
        tags=tags_of(read, occupation, referential, embedder),
    )


def _answer(lines: Sequence[Line], asking: Sequence[int], first: int) -> list[str]:
    """What answers the main question: all that is told until somebody asks something else."""
    told: list[str] = []
    for index, line in enumerate(lines):
        if line.asks and index not in asking and told:
            break
        if not line.asks and index not in asking and index > first:
            told.append(line.text[:LONGEST])
    return told
