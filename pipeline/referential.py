"""Referentials: lists of occupations with their ROME codes and ONISEP identifiers, as the operator supplies them.

Takes a CSV or JSON file with a header (the files that France Travail and ONISEP publish, or one's own), gives
:class:`pipeline.records.Trade` records kept as JSON under ``referentials/``, one file a kind: a newer list replaces
the former one. « Infirmier / Infirmière de bloc opératoire » and « employé(e) » are read as their two forms.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from consent.records import Frozen
from pipeline.errors import InvalidReferential
from pipeline.outputs import replace_synced
from pipeline.records import Referential, Trade, trade_key

_MAX_BYTES = 64 * 1024**2
"""The largest list published (every ROME name) weighs some 2 MB."""

_LABEL = ("libelle_appellation_long", "libelle_appellation_court", "libelle_metier", "appellation", "intitule",
          "nom_metier", "metier", "libelle", "label", "nom")  # fmt: skip
_MASCULINE = ("masculin", "libelle_masculin", "nom_masculin", "forme_masculine", "metier_masculin", "masculine")
_FEMININE = ("feminin", "libelle_feminin", "nom_feminin", "forme_feminine", "metier_feminin", "feminine")
_ROME = ("code_rome", "rome", "coderome", "code_rome_v4")
_ONISEP = ("identifiant_onisep", "onisep", "id_onisep", "identifiant", "id", "lien_site_onisep_fr", "url", "lien")
_ROME_CODE = re.compile(r"^[A-Z]\d{4}$")
_ONISEP_ID = re.compile(r"\bMET\.\d+\b")
_SUFFIXES = {
    "e": "", "ne": "", "le": "", "ère": "er", "iere": "ier", "ière": "ier", "euse": "eur", "se": "r", "trice": "teur",
    "rice": "eur", "ice": "eur", "ienne": "ien", "enne": "en", "ive": "if", "ve": "f",
}  # fmt: skip


class Imported(Frozen):
    """What an import kept: occupations, those with a ROME code, those with an ONISEP identifier."""

    kind: str
    trades: int
    rome: int
    onisep: int


def import_referential(file: Path, folder: Path) -> Imported:
    """Read a list of occupations and keep it, in place of the former one of its kind.

    Args:
        file: CSV (comma, semicolon, tab or bar) or JSON (a list of objects), UTF-8, or Windows' own encoding.
        folder: where referentials are kept; made where it is missing.

    Raises:
        InvalidReferential: the file cannot be read, has no column we know, or no occupation with a code.
        StorageFull: no room left.
    """
    rows = _rows(file, _text(file))
    trades = _trades(file, rows)
    kind = "onisep" if any(one.onisep for one in trades) else "rome"
    folder.mkdir(parents=True, exist_ok=True)
    replace_synced(folder / f"{kind}.json", Referential(trades=trades).model_dump_json(indent=1).encode())
    return Imported(
        kind=kind,
        trades=len(trades),
        rome=sum(one.rome is not None for one in trades),
        onisep=sum(one.onisep is not None for one in trades),
    )


def load_referential(folder: Path) -> Referential:
    """Every occupation imported; empty where nothing was.

    Raises:
        InvalidReferential: what was kept is damaged.
    """
    trades: list[Trade] = []
    for path in sorted(folder.glob("*.json")):
        try:
            trades += Referential.model_validate_json(path.read_bytes()).trades
        except ValidationError:
            raise InvalidReferential(
                f"Le référentiel gardé dans « {path.name} » est abîmé ; importez de nouveau son fichier d'origine "
                "(videotheque referential import)."
            ) from None
    return Referential(trades=tuple(trades))


def identity_of(folder: Path) -> str:
    """A hash of what is imported; the same where nothing changed."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.json")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def forms_of(label: str) -> tuple[str, ...]:
    """Every form that a label stands for: « Développeur / Développeuse web » is two.

    The tail that both share stands only after the second.
    """
    plain = " ".join(label.split())
    bracket = re.match(r"^(?P<head>[\w'’-]+)\s*(?:\((?P<end>\w+)\)|[·.](?P<dot>\w+))(?P<tail>.*)$", plain)
    if bracket:
        return _with_suffix(bracket["head"], bracket["end"] or bracket["dot"], bracket["tail"])
    halves = re.split(r"\s*/\s*", plain)
    if len(halves) != 2 or not all(halves):
        return (plain,)
    left, right = (half.split() for half in halves)
    if len(right) >= len(left):
        return " ".join([*left, *right[len(left) :]]), " ".join(right)
    return " ".join(left), " ".join([*right, *left[len(right) :]])


def _with_suffix(head: str, suffix: str, tail: str) -> tuple[str, ...]:
    cut = _SUFFIXES.get(suffix)
    if cut is None:
        return (f"{head}{tail}",)
    root = head.removesuffix(cut) if cut and head.endswith(cut) else head
    return f"{head}{tail}", f"{root}{suffix}{tail}"


def _text(file: Path) -> str:
    try:
        size = file.stat().st_size
        content = file.read_bytes() if size <= _MAX_BYTES and file.is_file() else None
    except OSError as error:
        raise InvalidReferential(
            f"Le fichier « {file.name} » ne peut pas être lu ({error.strerror}) ; vérifiez son chemin et ses droits."
        ) from None
    if content is None:
        raise InvalidReferential(
            f"« {file.name} » n'est pas un fichier, ou dépasse {_MAX_BYTES // 1024**2} Mio ; donnez le CSV ou "
            f"le JSON de "
            "la liste des métiers."
        )
    if content[:2] == b"PK" or b"\0" in content[:4096]:
        raise InvalidReferential(
            f"« {file.name} » est un classeur ou un fichier binaire, pas du texte ; exportez-le en CSV, puis "
            f"importez-le."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _rows(file: Path, text: str) -> list[dict[str, str]]:
    if not text.strip():
        raise InvalidReferential(f"« {file.name} » est vide ; donnez un CSV ou un JSON avec un en-tête.")
    if text.lstrip()[0] in "[{":
        return _from_json(file, text)
    header = text.lstrip().splitlines()[0]
    separator = max(";,\t|", key=header.count)
    reader = csv.reader(io.StringIO(text.lstrip()), delimiter=separator)
    try:
        lines = list(reader)
    except csv.Error as error:
        raise InvalidReferential(
            f"« {file.name} » n'est pas un CSV lisible (ligne {reader.line_num} : {error}) ; exportez-le de nouveau."
        ) from None
    names = [_column(name) for name in lines[0]]
    return [dict(zip(names, line, strict=False)) for line in lines[1:]]


def _from_json(file: Path, text: str) -> list[dict[str, str]]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError) as error:
        place = f" (ligne {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise InvalidReferential(f"« {file.name} » n'est pas du JSON valide{place} ; exportez-le de nouveau.") from None
    if isinstance(read, dict):
        lists = [value for value in read.values() if isinstance(value, list)]
        read = lists[0] if len(lists) == 1 else None
    if not isinstance(read, list) or not all(isinstance(row, dict) for row in read):
        raise InvalidReferential(f"« {file.name} » n'est pas une liste d'objets JSON ; donnez une entrée par métier.")
    return [
        {_column(str(name)): _text_of(value) for name, value in row.items() if isinstance(value, str)} for row in read
    ]


def _text_of(value: str) -> str:
    """A JSON string as text: half of a character (a lone surrogate) becomes « ? »."""
    return value.encode(errors="replace").decode()


def _column(name: str) -> str:
    return trade_key(name).replace(" ", "_")


def _trades(file: Path, rows: Sequence[dict[str, str]]) -> tuple[Trade, ...]:
    if not rows:
        raise InvalidReferential(f"« {file.name} » ne contient aucun métier ; donnez-en un par ligne, sous l'en-tête.")
    columns = {name for row in rows for name in row}  # of JSON, any object may lack some
    if not columns & {*_LABEL, *_MASCULINE, *_FEMININE}:
        raise InvalidReferential(
            f"« {file.name} » n'a pas de colonne de nom de métier ; nommez-en une « libelle » (ou « masculin » et "
            "« feminin »)."
        )
    if not columns & {*_ROME, *_ONISEP}:
        raise InvalidReferential(
            f"« {file.name} » n'a pas de colonne de code ; nommez-en une « code_rome » ou « identifiant_onisep »."
        )
    trades = tuple(trade for trade in (_trade(row) for row in rows) if trade is not None)
    if not trades:
        raise InvalidReferential(
            f"« {file.name} » ne donne aucun métier avec un code ROME (M1805) ou ONISEP (MET.123) ; vérifiez "
            f"ses colonnes."
        )
    return trades


def _trade(row: dict[str, str]) -> Trade | None:
    """One occupation; None where it has no name, or no code that is one."""
    labels = [row[name].strip() for name in (*_LABEL, *_MASCULINE, *_FEMININE) if row.get(name, "").strip()]
    rome = {code for name in _ROME for code in re.split(r"[^\w]+", row.get(name, "").upper()) if _ROME_CODE.match(code)}
    onisep = {found for name in _ONISEP for found in _ONISEP_ID.findall(row.get(name, "").upper())}
    forms = _keys(form for label in labels for form in forms_of(label))
    if not forms or not (rome or onisep):
        return None
    # A row with two codes is as ambiguous as two rows: neither code.
    one_rome = next(iter(rome)) if len(rome) == 1 else None
    one_onisep = next(iter(onisep)) if len(onisep) == 1 else None
    if one_rome is None and one_onisep is None:
        return None
    return Trade(label=labels[0], forms=forms, rome=one_rome, onisep=one_onisep)


def _keys(forms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key in map(trade_key, forms) if key))
