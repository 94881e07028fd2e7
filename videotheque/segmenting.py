"""``videotheque segment``: cut transcripts into topics, one transcript a line of a JSONL file.

Takes lines of ``{"id": …, "utterances": [{"speaker": …, "start": …, "end": …, "text": …}]}`` (speaker and times may be
null or missing); writes ``{id: [index, …]}``, the utterances that open a topic without the first, or a table to read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich.table import Table
from rich.text import Text

from consent.records import PersonId, Role
from pipeline.errors import TranscriptRefused
from pipeline.segment.cutting import Wish, cut
from pipeline.segment.embedding import PassageEmbedder
from pipeline.segment.talk import Said, timed
from pipeline.settings import ClipLengths, Settings
from pipeline.validation import french_problems
from videotheque import console as shown

_MOST_BYTES = 512 * 1024 * 1024  # a file of transcripts is text; more is something else
_LATEST_S = 1e10  # later than any clock: further on, seconds cannot part two words
_LONGEST = 3  # times the ideal, and a quarter of it, where only the ideal is given: the defaults' own proportions
_TITLE_WORDS = 12


class Line(BaseModel):
    """An utterance as the file writes it; whatever else it holds is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    text: str
    speaker: str | None = None
    start: float | None = Field(None, ge=0, le=_LATEST_S, allow_inf_nan=False)
    end: float | None = Field(None, ge=0, le=_LATEST_S, allow_inf_nan=False)
    role: str | None = None


class TalkFile(BaseModel):
    """One transcript of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str
    utterances: list[Line]

    def talk(self) -> tuple[Said, ...]:
        """What is said, for the cutting."""
        return tuple(Said(one.speaker, one.text, one.start, one.end) for one in self.utterances)

    def roles(self) -> dict[PersonId, Role]:
        """The roles that the file tells, by speaker; an unknown word is no role."""
        known = {role.value for role in Role}
        return {PersonId(one.speaker): Role(one.role) for one in self.utterances if one.speaker and one.role in known}


def segment(options: argparse.Namespace, settings: Settings) -> int:
    """Cut every transcript of a file.

    Raises:
        TranscriptRefused: the file is not of that format, or the options contradict one another.
        ModelUnavailable: the embedder cannot be loaded.
    """
    wish = wish_of(options, settings.clips)
    talks = list(read(options.file))
    _refuse_more_topics_than_lines(talks, wish.count or 1)
    embedder = None if options.no_embedder else _embedder(settings)
    opens = {one.id: cut(one.talk(), wish, embedder, one.roles()) for one in talks}
    if options.json:
        sys.stdout.write(json.dumps({name: list(found) for name, found in opens.items()}, ensure_ascii=False) + "\n")
        return 0
    from videotheque.commands import terminal  # imports the flows, for one function

    for one in talks:
        terminal().print(table(one, opens[one.id]))
    return 0


def _refuse_more_topics_than_lines(talks: Sequence[TalkFile], count: int) -> None:
    for one in talks:
        lines = sum(bool(said.text.strip()) for said in one.utterances)
        if count > max(1, lines):
            raise TranscriptRefused(
                f"--count {count} demande plus de sujets que « {one.id} » n'a de répliques ({lines}) ; baissez-le."
            )


def wish_of(options: argparse.Namespace, usual: ClipLengths) -> Wish:
    """What the options ask for."""
    given = (options.min, options.ideal, options.max)
    if options.count is not None:
        if any(one is not None for one in given):
            raise TranscriptRefused(
                "--count fixe le nombre de sujets et --min, --ideal, --max leur longueur ; gardez l'un ou l'autre."
            )
        if options.count < 1:
            raise TranscriptRefused(f"--count va de 1 à ce que l'on veut, et non {options.count} ; corrigez-le.")
        return Wish(count=options.count)
    if all(one is None for one in given):
        return Wish()
    ideal = options.ideal if options.ideal is not None else _between(options, usual)
    least = options.min if options.min is not None else ideal * usual.minimum_s / usual.ideal_s
    most = options.max if options.max is not None else ideal * _LONGEST
    try:
        return Wish(lengths=ClipLengths(minimum_s=least, ideal_s=ideal, maximum_s=most))
    except ValidationError:
        named = zip(("--min", "--ideal", "--max"), given, strict=True)
        typed = ", ".join(f"{option} {value:g}" for option, value in named if value is not None)
        raise TranscriptRefused(
            "Il faut 0 < --min ≤ --ideal ≤ --max, des nombres finis de secondes, ce que n'est pas "
            f"« {typed} » ; corrigez-les."
        ) from None


def _between(options: argparse.Namespace, usual: ClipLengths) -> float:
    """The ideal where only limits are given: the usual one, brought between them."""
    least = options.min if options.min is not None else 0.0
    most = options.max if options.max is not None else float("inf")
    return float(min(max(usual.ideal_s, least), most))


def read(path: Path) -> Iterator[TalkFile]:
    """The transcripts of a file, in order; empty lines are skipped.

    Raises:
        TranscriptRefused: one French sentence with the place of the first problem.
        OSError: the file cannot be read.
    """
    if not path.is_file():
        raise TranscriptRefused(f"« {path.name} » n'est pas un fichier que l'on peut lire ; vérifiez son chemin.")
    if path.stat().st_size > _MOST_BYTES:
        raise TranscriptRefused(f"« {path.name} » dépasse 512 Mio, ce n'est pas un fichier de transcriptions.")
    seen: set[str] = set()
    try:
        # Not splitlines: it also parts at U+2028 and U+0085, which may stand inside JSON text.
        lines = path.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise TranscriptRefused(f"« {path.name} » n'est pas du texte en UTF-8 ; enregistrez-le en UTF-8.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        one = _parsed(line, f"« {path.name} », ligne {number}")
        if one.id in seen:
            raise TranscriptRefused(
                f"« {path.name} », ligne {number} : l'identifiant « {one.id} » y est déjà ; donnez-en un autre."
            )
        seen.add(one.id)
        yield one
    if not seen:
        raise TranscriptRefused(f"« {path.name} » est vide ; il faut une transcription en JSON par ligne.")


def _parsed(line: str, place: str) -> TalkFile:
    try:
        return TalkFile.model_validate_json(line, strict=True)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise TranscriptRefused(
                f"{place} : ce n'est pas du JSON ; il faut une transcription par ligne, avec « id » et « utterances »."
            ) from None
        raise TranscriptRefused(f"{place} : {french_problems(error)} ; corrigez cette ligne.") from None


def _embedder(settings: Settings) -> PassageEmbedder:
    from pipeline.index.embed import load_embedder  # torch costs seconds: not with --no-embedder

    return load_embedder(settings.embedder, settings.embedder_revision)


def table(one: TalkFile, opens: Sequence[int]) -> Table:
    """One line a topic: when it opens, how long it lasts, and its first words."""
    drawn = Table(title=one.id, title_justify="left", header_style="bold")
    drawn.add_column("Début", justify="right")
    drawn.add_column("Durée", justify="right")
    drawn.add_column("Répliques", justify="right")
    drawn.add_column("Premiers mots", overflow="fold", ratio=1)
    when = timed(one.talk())
    spans = {line: utterance.span for line, utterance in zip(when.lines, when.utterances, strict=True)}
    edges = [0, *opens, len(one.utterances)]
    for first, past in pairwise(edges):
        inside = [spans[line] for line in range(first, past) if line in spans]
        if not inside:
            continue
        words = " ".join(utterance.text for utterance in one.utterances[first:past]).split()
        drawn.add_row(
            shown.instant(inside[0].start),
            shown.seconds(max(0.0, inside[-1].end - inside[0].start)),
            str(past - first),
            Text(" ".join(words[:_TITLE_WORDS]) + ("…" if len(words) > _TITLE_WORDS else "")),
        )
    return drawn
