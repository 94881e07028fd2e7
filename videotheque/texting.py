"""``videotheque index`` and ``videotheque search --index``: texts from outside the library, one JSON object a line.

Takes texts ``{"id", "text", "title"?, "tags"?, "occupation"?}`` and questions ``{"id", "text"}``; writes
``{id: [text id, …]}``, best first, always as many as asked where there are as many: it ranks, it does not judge whether
anything answers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from consent.register import now_utc
from pipeline.errors import InvalidQuery, PipelineError
from pipeline.index.embed import Embedder, load_embedder
from pipeline.index.texts import Text, TextSearch, index_texts
from pipeline.records import Choice, FacetName, Filters, Mode
from pipeline.settings import Settings
from pipeline.validation import french_problems

_MOST_BYTES = 2 * 1024**3
"""Two gigabytes: a million pages of text; more is something else."""

Line = TypeVar("Line", bound=BaseModel)


class Asked(BaseModel):
    """One question of the file."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str
    text: str


def index(options: argparse.Namespace, settings: Settings) -> int:
    """Index the texts of a file.

    Raises:
        InvalidQuery: the file is not of that format.
        ModelUnavailable: the embedder cannot be loaded.
    """
    texts = list(read(options.file, Text))
    manifest = index_texts(texts, _embedder(settings), options.out, now_utc())
    sys.stdout.write(f"{manifest.clips} textes indexés dans {options.out} ({manifest.name}).\n")
    return 0


def search(options: argparse.Namespace, settings: Settings) -> int:
    """Answer every question of a file, or the one given, from an index made by :func:`index`.

    Raises:
        InvalidQuery: an option is missing, or the file is not of that format.
        IndexUnavailable: the index is missing, damaged, or made with another model.
    """
    if options.index is None or (options.queries is None) == (options.query is None):
        raise InvalidQuery("Il faut --index, et soit une question, soit --queries ; complétez la commande.")
    mode, top = Mode(options.mode), limit_of(options, 10)
    asked = [Asked(id="question", text=options.query)] if options.queries is None else read(options.queries, Asked)
    found = TextSearch(options.index, None if mode is Mode.KEYWORD else _embedder(settings))
    answers = {one.id: found.find(one.text, mode, top) for one in asked}
    if options.json:
        sys.stdout.write(json.dumps(answers, ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{name} : {', '.join(ids)}\n" for name, ids in answers.items())
    return 0


def limit_of(options: argparse.Namespace, usual: int) -> int:
    """How many answers are asked for.

    Raises:
        PipelineError: more than fifty, or none.
    """
    limit = usual if options.limit is None else int(options.limit)
    if not 1 <= limit <= 50:
        raise PipelineError(f"--limit va de 1 à 50, et non {limit} ; corrigez-le.")
    return limit


def filters_of(options: argparse.Namespace) -> Filters:
    """The filters that the options ask for.

    Raises:
        InvalidQuery: a day is not written as it must be.
    """
    chosen = tuple(Choice(facet=facet, value=value) for facet in FacetName for value in getattr(options, facet.value))
    return Filters(chosen=chosen, since=_day(options.since), until=_day(options.until))


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise InvalidQuery(f"« {text} » n'est pas un jour ; écrivez-le AAAA-MM-JJ.") from None


def read(path: Path, kind: type[Line]) -> Iterator[Line]:
    """The lines of a file, in order; empty lines are skipped.

    Raises:
        InvalidQuery: one French sentence with the place of the first problem.
        OSError: the file cannot be read.
    """
    if not path.is_file():
        raise InvalidQuery(f"« {path.name} » n'est pas un fichier que l'on peut lire ; vérifiez son chemin.")
    if path.stat().st_size > _MOST_BYTES:
        raise InvalidQuery(f"« {path.name} » dépasse 2 Gio, ce n'est pas un fichier de textes.")
    seen: set[str] = set()
    with path.open(encoding="utf-8-sig") as lines:
        try:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parsed(line, kind, f"« {path.name} », ligne {number}", seen)
        except UnicodeDecodeError:
            raise InvalidQuery(f"« {path.name} » n'est pas du texte en UTF-8 ; enregistrez-le en UTF-8.") from None


def _parsed(line: str, kind: type[Line], place: str, seen: set[str]) -> Line:
    try:
        one = kind.model_validate(json.loads(line), strict=True)
    except (json.JSONDecodeError, RecursionError):
        raise InvalidQuery(
            f"{place} : ce n'est pas du JSON ; il faut un objet par ligne, avec « id » et « text »."
        ) from None
    except ValidationError as error:
        raise InvalidQuery(f"{place} : {french_problems(error)} ; corrigez cette ligne.") from None
    name = str(getattr(one, "id", ""))
    if name in seen:
        raise InvalidQuery(f"{place} : l'identifiant « {name[:80]} » y est déjà ; donnez-en un autre.")
    seen.add(name)
    return one


def _embedder(settings: Settings) -> Embedder:
    return load_embedder(settings.embedder, settings.embedder_revision)
