"""``videotheque doctor``: what a night and the site need, looked at one by one, in a table.

Takes the settings; changes nothing, downloads nothing, and opens the database for reading only. The exit status is 1
where something would make a night fail.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path

from rich.table import Table
from rich.text import Text

from consent.errors import ConsentError
from consent.records import Frozen
from pipeline import ffmpeg
from pipeline.errors import PipelineError
from pipeline.index.embed import load_embedder
from pipeline.index.reader import IndexReader
from pipeline.opening import open_register
from pipeline.outputs import system_sentence
from pipeline.settings import Settings
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import check_language
from pipeline.transcribe.processor import find_processor
from pipeline.transcribe.speed import measure
from videotheque import console as shown

_ENCODERS = ("libx264", "aac")
"""What clips are written with."""

_ROOM_BYTES, _LITTLE_ROOM_BYTES = 2 * 1024**3, 20 * 1024**3
"""Below the first the next recording may not fit; below the second a week of nights may not."""

_SLOW_HOUR_S = 3600
"""An hour that takes longer than itself: a night no longer follows."""


class State(StrEnum):
    """What a check found."""

    GOOD = "good"
    TOLD = "told"
    WRONG = "wrong"


_SHOWN = {State.GOOD: ("bon", "green"), State.TOLD: ("à savoir", "yellow"), State.WRONG: ("à corriger", "red")}


class Check(Frozen):
    """One line of the table: what was looked at, what was found, in a French sentence."""

    name: str
    state: State
    detail: str


def examine(options: argparse.Namespace, settings: Settings, environment: Iterable[str]) -> int:
    """Look at everything, the names in the environment too, and print the table."""
    from videotheque.commands import terminal  # imports the flows, for one function

    checks = tuple(_checked(settings, environment, measured=not options.no_measure))
    table = Table(title="État de la vidéothèque", title_justify="left", header_style="bold")
    for heading in ("Quoi", "État"):
        table.add_column(heading)
    table.add_column("Détail", overflow="fold", ratio=1)
    for check in checks:
        word, style = _SHOWN[check.state]
        table.add_row(check.name, Text(word, style=style), Text(check.detail))
    terminal().print(table)
    return 1 if any(check.state is State.WRONG for check in checks) else 0


def _checked(settings: Settings, environment: Iterable[str], *, measured: bool) -> Iterable[Check]:
    looks: list[tuple[str, Callable[[], Check]]] = [
        ("Réglages", lambda: _settings(environment)),
        ("Contact", lambda: _contact(settings)),
        ("Dossier", lambda: _folder(settings.home)),
        ("ffmpeg", _ffmpeg),
        ("Base de données", lambda: _database(settings)),
        ("Index", lambda: _index(settings)),
        ("Modèle sémantique", lambda: _embedder(settings)),
        ("Modèle de parole", lambda: _speech(settings)),
    ]
    if measured:
        looks.append(("Une heure de rencontre", lambda: _cost(settings)))
    for name, look in looks:
        try:
            yield look()
        except (PipelineError, ConsentError) as error:
            yield Check(name=name, state=State.WRONG, detail=str(error))
        except OSError as error:
            yield Check(name=name, state=State.WRONG, detail=system_sentence(error))
        except subprocess.TimeoutExpired as error:
            detail = f"Le programme ne répond pas en {error.timeout:.0f} s ; relancez, ou réinstallez-le."
            yield Check(name=name, state=State.WRONG, detail=detail)


def _settings(environment: Iterable[str]) -> Check:
    """Settings that nobody reads: a misspelt one is silently the default."""
    prefix = "VIDEOTHEQUE_"
    known = {f"{prefix}{name}".upper() for name in Settings.model_fields}
    given = [name for name in environment if name.upper().startswith(prefix)]
    strangers = sorted(name for name in given if name.upper().partition("__")[0] not in known)
    if strangers:
        return Check(
            name="Réglages",
            state=State.WRONG,
            detail=f"{', '.join(strangers)} n'est pas un réglage, et ne change rien ; corrigez son nom.",
        )
    told = f"{len(given)} donnés par l'environnement, tous admis." if given else "Ceux par défaut."
    return Check(name="Réglages", state=State.GOOD, detail=told)


def _contact(settings: Settings) -> Check:
    """Whom people write to: taking an agreement back must be as easy as giving it, and they must be told by whom."""
    missing = [
        f"VIDEOTHEQUE_CONTROLLER__{field.upper()}"
        for field in ("name", "contact")
        if not getattr(settings.controller, field).strip()
    ]
    if missing:
        unset = "ne sont pas réglés" if len(missing) > 1 else "n'est pas réglé"
        detail = (
            f"{' et '.join(missing)} {unset} : les pages et les notices ne disent pas à qui écrire pour "
            "retirer son accord ; donnez le nom du responsable et une adresse où le joindre."
        )
        return Check(name="Contact", state=State.TOLD, detail=detail)
    told = f"{settings.controller.name}, {settings.controller.contact} ; les pages et les notices le disent."
    return Check(name="Contact", state=State.GOOD, detail=told)


def _folder(home: Path) -> Check:
    """The data folder, or the nearest one that exists where it will be made."""
    place = next(one for one in (home.resolve(), *home.resolve().parents) if one.exists())
    free = shutil.disk_usage(place).free
    told = f"{free / 1024**3:.0f} Gio libres".replace(".", ",")
    if not os.access(place, os.W_OK):
        return Check(
            name="Dossier", state=State.WRONG, detail=f"« {place} » n'est pas modifiable ; changez ses droits."
        )
    if free < _ROOM_BYTES:
        detail = f"{told} : le prochain enregistrement peut ne pas tenir ; libérez de la place."
        return Check(name="Dossier", state=State.WRONG, detail=detail)
    state = State.TOLD if free < _LITTLE_ROOM_BYTES else State.GOOD
    made = f"« {home} »" if home.exists() else f"« {home} » sera créé"
    return Check(name="Dossier", state=state, detail=f"{made} ; {told}.")


def _ffmpeg() -> Check:
    command = [ffmpeg.executable(), "-hide_banner", "-encoders"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    names = {line.split()[1] for line in done.stdout.splitlines() if len(line.split()) > 1}
    missing = [one for one in _ENCODERS if one not in names]
    if done.returncode != 0 or missing:
        what = f"n'a pas {', '.join(missing)}" if missing else "ne démarre pas"
        detail = f"Le ffmpeg « {command[0]} » {what} ; corrigez IMAGEIO_FFMPEG_EXE, ou réinstallez imageio-ffmpeg."
        return Check(name="ffmpeg", state=State.WRONG, detail=detail)
    return Check(name="ffmpeg", state=State.GOOD, detail="Présent, avec H.264 et AAC.")


def _database(settings: Settings) -> Check:
    if settings.database_url is not None:
        open_register(settings)  # a server that does not answer, or refuses, says so itself
        return Check(name="Base de données", state=State.GOOD, detail="Le serveur PostgreSQL répond.")
    path = settings.database_file
    if not path.exists():
        return Check(
            name="Base de données", state=State.TOLD, detail="Pas encore créée : elle le sera au premier ajout."
        )
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        detail = f"« {path.name} » est abîmée ({found}) ; restaurez-la d'une sauvegarde : rien n'est montré sans elle."
        return Check(name="Base de données", state=State.WRONG, detail=detail)
    return Check(name="Base de données", state=State.GOOD, detail=f"Saine ({path.stat().st_size / 1024**2:.1f} Mio).")


def _index(settings: Settings) -> Check:
    reader = IndexReader(settings.index_folder)
    if reader.is_empty:
        return Check(name="Index", state=State.TOLD, detail="Pas encore construit : il le sera à la première nuit.")
    generation = reader.current()
    return Check(name="Index", state=State.GOOD, detail=f"Génération {generation.name}, {generation.size} extraits.")


def _embedder(settings: Settings) -> Check:
    identity = load_embedder(settings.embedder, settings.embedder_revision).identity
    return Check(name="Modèle sémantique", state=State.GOOD, detail=identity)


def _speech(settings: Settings) -> Check:
    model, processor = find_model(settings.asr_model, settings.asr_revision, download=False), find_processor()
    check_language(settings.language)
    detail = f"{model.identity}, sur {processor.device.french} ({processor.compute_types[0]})"
    return Check(name="Modèle de parole", state=State.GOOD, detail=detail)


def _cost(settings: Settings) -> Check:
    model = find_model(settings.asr_model, settings.asr_revision, download=False)
    found = measure(model.folder, find_processor(), settings.asr_threads)
    detail = (
        f"{shown.seconds(found.hour_s)} de calcul pour une heure de paroles sans pause, en {found.compute_type} "
        "(mesuré sur trente secondes de son)."
    )
    state = State.TOLD if found.notice or found.hour_s > _SLOW_HOUR_S else State.GOOD
    return Check(name="Une heure de rencontre", state=state, detail=f"{detail} {found.notice}".rstrip())
