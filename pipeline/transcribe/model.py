"""The speech model's directory: chosen, found, checked before anything is loaded, and identified.

Takes a directory, a name of the Hugging Face hub (its local copy first, the hub only if there is none), or
:data:`AUTO`; gives the directory and the identity that goes into the transcript's provenance. Checking first matters:
without its ``tokenizer.json`` faster-whisper silently asks the network for another model's. Usual models are pinned to
a commit: whoever may write to their repository cannot change what we run.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import cast

from pydantic import ValidationError

from consent.records import Frozen
from pipeline.errors import ModelUnavailable
from pipeline.transcribe.processor import Device, find_processor

AUTO = "auto"
"""Chooses for the machine: the best that a graphics card runs quickly, or what a night of two cores can afford."""

_CHOSEN = {Device.CUDA: "large-v3-turbo", Device.CPU: "small"}
"""On two cores an hour of dense speech costs ten minutes with ``small``, twenty-five with the turbo."""

_ALIASES = {"large": "large-v3", "turbo": "large-v3-turbo"}
"""Other names of one model: it has one identity."""

_PINNED = {
    "tiny": ("Systran/faster-whisper-tiny", "d90ca5fe260221311c53c58e660288d3deb8d356"),
    "tiny.en": ("Systran/faster-whisper-tiny.en", "0d3d19a32d3338f10357c0889762bd8d64bbdeba"),
    "base": ("Systran/faster-whisper-base", "ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66"),
    "base.en": ("Systran/faster-whisper-base.en", "3d3d5dee26484f91867d81cb899cfcf72b96be6c"),
    "small": ("Systran/faster-whisper-small", "536b0662742c02347bc0e980a01041f333bce120"),
    "small.en": ("Systran/faster-whisper-small.en", "d1d751a5f8271d482d14ca55d9e2deeebbae577f"),
    "medium": ("Systran/faster-whisper-medium", "08e178d48790749d25932bbc082711ddcfdfbc4f"),
    "medium.en": ("Systran/faster-whisper-medium.en", "a29b04bd15381511a9af671baec01072039215e3"),
    "large-v1": ("Systran/faster-whisper-large-v1", "b07c8d4be0be90092aa01a29c975077acb8d15c9"),
    "large-v2": ("Systran/faster-whisper-large-v2", "f0fe81560cb8b68660e564f55dd99207059c092e"),
    "large-v3": ("Systran/faster-whisper-large-v3", "edaa852ec7e145841d8ffdb056a99866b5f0a478"),
    "large-v3-turbo": ("mobiuslabsgmbh/faster-whisper-large-v3-turbo", "0a363e9161cbc7ed1431c9597a8ceaf0c4f78fcf"),
    "distil-small.en": ("Systran/faster-distil-whisper-small.en", "ef77d90526ccd62cde3808ee70626a01e5cf83e4"),
    "distil-medium.en": ("Systran/faster-distil-whisper-medium.en", "80ddfce281f77766d8943d63109199fc8145dfa5"),
    "distil-large-v2": ("Systran/faster-distil-whisper-large-v2", "fe9b404fc56de3f7c38606ef9ba6fd83526d05e4"),
    "distil-large-v3": ("Systran/faster-distil-whisper-large-v3", "c3058b475261292e64a0412df1d2681c06260fab"),
    "distil-large-v3.5": ("distil-whisper/distil-large-v3.5-ct2", "9793ccc07920e0f830e1dba0343efcdf0ef8c903"),
}
"""Repositories on the hub of the models that faster-whisper knows by these names, and a commit of each."""

_COMMITS = dict(_PINNED.values())
"""The commit of a repository that is asked for by its own name."""

_HUB_TIMEOUT_S = 10
"""Seconds for the hub to answer about one file."""

_FILES = ("model.bin", "config.json", "tokenizer.json")
_DESCRIPTIONS = ("config.json", "tokenizer.json", "preprocessor_config.json")
_SOUND = {"sampling_rate": 16_000, "hop_length": 160, "n_fft": 400}
"""What every Whisper model hears; bands of frequencies and seconds at once differ, and are tried once it is loaded."""

_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
NOTES_FILE = "videotheque.json"
"""What its own files do not say of a model: ``{"prompted": false}``, it falls silent after a prompt."""

_IDENTIFYING = (*_FILES, *_VOCABULARIES, "preprocessor_config.json", NOTES_FILE)
_HUB_NAME = re.compile(r"^\w[\w.-]*(?:/\w[\w.-]*)?$")
_COMMIT = re.compile(r"^[0-9a-f]{40}$")


class SpeechModel(Frozen):
    """A complete model directory. ``identity`` is ``name@commit`` from the hub, else ``sha256:…`` of its files.

    ``prompted``: it was trained with prompts, so that hot words help it.
    """

    folder: Path
    identity: str
    prompted: bool = True


class _Notes(Frozen):
    prompted: bool = True


def find_model(name: str, revision: str | None = None, *, download: bool = True) -> SpeechModel:
    """Find a speech model, downloading it only where it is a hub name without a local copy.

    Args:
        name: a directory, a hub name (``small``, ``Systran/faster-whisper-small``), or :data:`AUTO`.
        revision: branch, tag or commit on the hub; by default the pinned one of a usual model. Ignored for a directory.
        download: whether the hub may be asked.

    Raises:
        ModelUnavailable: no such directory, a file is missing or unreadable, or the hub cannot be reached.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        _check(folder)
        return SpeechModel(folder=folder.resolve(), identity=_fingerprint(folder), prompted=_notes(folder).prompted)
    if not _HUB_NAME.match(name):
        raise ModelUnavailable(
            f"Le dossier du modèle de parole « {name} » n'existe pas ; corrigez VIDEOTHEQUE_ASR_MODEL (un dossier, ou "
            "un nom du hub comme « small »)."
        )
    if name == AUTO:
        name = _CHOSEN[find_processor().device]
    name = _ALIASES.get(name, name)
    repository = _PINNED[name][0] if name in _PINNED else name
    if "/" not in repository:
        raise ModelUnavailable(_unknown(name))
    revision = revision or _COMMITS.get(repository)
    folder = _from_hub(name, repository, revision, download=download)
    _check(folder)
    commit = folder.name if _COMMIT.match(folder.name) else revision or "main"
    return SpeechModel(folder=folder, identity=f"{name}@{commit}")


def _check(folder: Path) -> None:
    missing = next((name for name in _FILES if not (folder / name).is_file()), None)
    if missing is None and not any((folder / name).is_file() for name in _VOCABULARIES):
        missing = _VOCABULARIES[0]
    if missing is not None:
        raise ModelUnavailable(
            f"Le dossier du modèle de parole « {folder} » ne contient pas {missing} ; copiez le modèle CTranslate2 "
            "complet, ou corrigez VIDEOTHEQUE_ASR_MODEL."
        )
    for name in _DESCRIPTIONS:  # a copy cut short, or another file's: the native readers say it less clearly, or crash
        if (folder / name).is_file() and not _is_sound(folder, name):
            raise ModelUnavailable(
                f"Le fichier {name} du modèle de parole « {folder} » est endommagé ou n'est pas le sien ; copiez le "
                "modèle de nouveau, ou corrigez VIDEOTHEQUE_ASR_MODEL."
            )


def _is_sound(folder: Path, name: str) -> bool:
    """Whether a description is JSON of its kind: an object; of tokens, with some; of sound, what Whisper hears."""
    try:
        described = json.loads((folder / name).read_bytes())
    except OSError as error:
        raise _unreadable(folder, error) from error
    except (ValueError, RecursionError):
        return False
    if not isinstance(described, dict):
        return False
    if name == "tokenizer.json":
        tokens = described.get("model")
        return isinstance(tokens, dict) and isinstance(tokens.get("vocab"), dict) and bool(tokens["vocab"])
    return all(described.get(field, value) == value for field, value in _SOUND.items())


def _notes(folder: Path) -> _Notes:
    try:
        return _Notes.model_validate_json((folder / NOTES_FILE).read_bytes())
    except FileNotFoundError:
        return _Notes()
    except (OSError, ValidationError) as error:
        raise ModelUnavailable(
            f"Le fichier {NOTES_FILE} du modèle de parole « {folder} » est illisible ; copiez le modèle de nouveau, ou "
            "corrigez VIDEOTHEQUE_ASR_MODEL."
        ) from error


def _unreadable(folder: Path, error: OSError) -> ModelUnavailable:
    return ModelUnavailable(
        f"Le dossier du modèle de parole « {folder} » ne peut pas être lu ({error.strerror}) ; vérifiez ses droits, ou "
        "corrigez VIDEOTHEQUE_ASR_MODEL."
    )


def _fingerprint(folder: Path) -> str:
    """SHA-256 over the files that make the model, by name and content."""
    try:
        present = [folder / name for name in _IDENTIFYING if (folder / name).is_file()]
        stats = [path.stat() for path in present]
        found = tuple(
            (str(path.resolve()), stat.st_size, stat.st_mtime_ns) for path, stat in zip(present, stats, strict=True)
        )
        return _fingerprint_of(found)
    except OSError as error:
        raise _unreadable(folder, error) from error


@lru_cache(maxsize=4)  # a model of gigabytes must not be read again for each recording of the night
def _fingerprint_of(files: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in files:
        path = Path(name)
        digest.update(f"{path.name}\0{size}\0".encode())
        with path.open("rb") as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                digest.update(chunk)
    return f"sha256:{digest.hexdigest()}"


def _from_hub(name: str, repository: str, revision: str | None, *, download: bool) -> Path:
    # Imported here: it loads native libraries, which a recording with its own transcript does not need.
    from faster_whisper.utils import download_model
    from huggingface_hub.errors import LocalEntryNotFoundError

    missing = _unreachable(name)
    try:
        folder = Path(download_model(repository, local_files_only=True, revision=revision))
        _check(folder)
        return folder
    except LocalEntryNotFoundError:
        pass
    except ModelUnavailable as error:  # a download that was cut short
        missing = str(error)
    except ValueError as error:
        raise ModelUnavailable(_unknown(name)) from error
    if not download:
        raise ModelUnavailable(
            f"Le modèle de parole « {name} » n'est pas encore sur cette machine ; il sera téléchargé à la première "
            "transcription, ou donnez un dossier dans VIDEOTHEQUE_ASR_MODEL."
        )
    return _downloaded(name, repository, revision, missing)


def _downloaded(name: str, repository: str, revision: str | None, missing: str) -> Path:
    """Fetch a model; ``missing`` is what to say where the hub does not answer."""
    from faster_whisper.utils import download_model
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    # The error of the HTTP library that the hub's client has for now.
    transport_error = cast("type[Exception]", HfHubHTTPError.__bases__[0])
    try:
        with _quiet_hub():
            # Asked about one file first: for a download the hub's client tries for half a minute.
            get_hf_file_metadata(hf_hub_url(repository, "config.json", revision=revision), timeout=_HUB_TIMEOUT_S)
            return Path(download_model(repository, local_files_only=False, revision=revision))
    except LocalEntryNotFoundError as error:
        raise ModelUnavailable(missing) from error
    except (HfHubHTTPError, ValueError) as error:
        raise ModelUnavailable(_unknown(name)) from error
    except (transport_error, ConnectionError, TimeoutError) as error:
        raise ModelUnavailable(missing) from error
    except OSError as error:
        raise ModelUnavailable(
            f"Le modèle de parole « {name} » ne peut pas être téléchargé ({error.strerror or type(error).__name__}) ; "
            "vérifiez l'accès et la place sur le disque, ou donnez un dossier dans VIDEOTHEQUE_ASR_MODEL."
        ) from error


@contextmanager
def _quiet_hub() -> Iterator[None]:
    """Keep the hub's client from telling its failures in English: ours are told once, in French."""
    client = logging.getLogger("huggingface_hub")
    former = client.level
    client.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        client.setLevel(former)


def _unreachable(name: str) -> str:
    return (
        f"Le modèle de parole « {name} » n'est pas sur cette machine et le hub Hugging Face est injoignable ; "
        "rétablissez l'accès, ou donnez un dossier dans VIDEOTHEQUE_ASR_MODEL."
    )


def _unknown(name: str) -> str:
    return (
        f"Le modèle de parole « {name} » n'est ni un dossier de cette machine, ni un modèle accessible sur le hub ; "
        "corrigez VIDEOTHEQUE_ASR_MODEL ou VIDEOTHEQUE_ASR_REVISION."
    )
