"""The speech model's directory: found, checked before anything is loaded, and identified.

Takes a directory, or a name of the Hugging Face hub (its local copy first, the hub only if there is none); gives
the directory and the identity that goes into the transcript's provenance. Checking first matters: without its
``tokenizer.json`` faster-whisper silently asks the network for another model's.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path

from consent.records import Frozen
from pipeline.errors import ModelUnavailable

_FILES = ("model.bin", "config.json", "tokenizer.json")
_VOCABULARIES = ("vocabulary.json", "vocabulary.txt")
_IDENTIFYING = (*_FILES, *_VOCABULARIES, "preprocessor_config.json")
_HUB_NAME = re.compile(r"^\w[\w.-]*(?:/\w[\w.-]*)?$")
_COMMIT = re.compile(r"^[0-9a-f]{40}$")


class SpeechModel(Frozen):
    """A complete model directory. ``identity`` is ``name@commit`` from the hub, else ``sha256:…`` of its files."""

    folder: Path
    identity: str


def find_model(name: str, revision: str | None = None) -> SpeechModel:
    """Find a speech model, downloading it only where it is a hub name without a local copy.

    Args:
        name: a directory, or a hub name (``small``, ``Systran/faster-whisper-small``).
        revision: branch, tag or commit on the hub; ignored for a directory.

    Raises:
        ModelUnavailable: no such directory, a file is missing or unreadable, or the hub cannot be reached.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        _check(folder)
        return SpeechModel(folder=folder.resolve(), identity=_fingerprint(folder))
    if not _HUB_NAME.match(name):
        raise ModelUnavailable(
            f"Le dossier du modèle de parole « {name} » n'existe pas ; corrigez VIDEOTHEQUE_ASR_MODEL (un dossier, ou "
            "un nom du hub comme « small »)."
        )
    folder = _from_hub(name, revision)
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
    for name in ("config.json", "tokenizer.json"):  # a copy cut short: the native readers say it less clearly
        try:
            json.loads((folder / name).read_bytes())
        except OSError as error:
            raise _unreadable(folder, error) from error
        except ValueError as error:
            raise ModelUnavailable(
                f"Le fichier {name} du modèle de parole « {folder} » est endommagé ; copiez le modèle de nouveau, ou "
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


def _from_hub(name: str, revision: str | None) -> Path:
    # Imported here: it loads native libraries, which a recording with its own transcript does not need.
    from faster_whisper.utils import download_model
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        folder = Path(download_model(name, local_files_only=True, revision=revision))
        _check(folder)
        return folder
    except (LocalEntryNotFoundError, ModelUnavailable):
        pass  # not there, or a download that was cut short
    except ValueError as error:
        raise ModelUnavailable(_unknown(name)) from error
    try:
        return Path(download_model(name, local_files_only=False, revision=revision))
    except (LocalEntryNotFoundError, ConnectionError, TimeoutError) as error:
        raise ModelUnavailable(
            f"Le modèle de parole « {name} » n'est pas sur cette machine et le hub Hugging Face est injoignable ; "
            "rétablissez l'accès, ou donnez un dossier dans VIDEOTHEQUE_ASR_MODEL."
        ) from error
    except (HfHubHTTPError, ValueError) as error:
        raise ModelUnavailable(_unknown(name)) from error
    except OSError as error:
        raise ModelUnavailable(
            f"Le modèle de parole « {name} » ne peut pas être téléchargé ({error.strerror or type(error).__name__}) ; "
            "vérifiez l'accès et la place sur le disque, ou donnez un dossier dans VIDEOTHEQUE_ASR_MODEL."
        ) from error


def _unknown(name: str) -> str:
    return (
        f"Le modèle de parole « {name} » n'est ni un dossier de cette machine, ni un modèle accessible sur le hub ; "
        "corrigez VIDEOTHEQUE_ASR_MODEL ou VIDEOTHEQUE_ASR_REVISION."
    )
