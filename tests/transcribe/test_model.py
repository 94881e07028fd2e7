"""The model's directory: complete or refused in one sentence, before anything is loaded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipeline.errors import ModelUnavailable
from pipeline.transcribe.model import AUTO, find_model
from pipeline.transcribe.processor import Device, find_processor

COMMIT = "536b0662742c02347bc0e980a01041f333bce120"
"""The one that « small » is pinned to."""


def _copy(whisper: Path, into: Path) -> Path:
    return Path(shutil.copytree(whisper, into))


def test_a_directory_is_known_by_its_content(whisper: Path, tmp_path: Path) -> None:
    """Copied elsewhere it is the same model; with other weights it is another."""
    copy = _copy(whisper, tmp_path / "copie")
    same = find_model(str(copy)).identity
    weights = copy / "model.bin"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01\x02")

    assert find_model(str(whisper)).identity == same
    assert same.startswith("sha256:")
    assert same != find_model(str(copy)).identity


def test_a_model_says_that_prompts_silence_it(whisper: Path, tmp_path: Path) -> None:
    """A note beside the weights tells it, and makes it another model; half a note is told in French."""
    copy = _copy(whisper, tmp_path / "copie")
    (copy / "videotheque.json").write_text('{"prompted": false}')

    noted, plain = find_model(str(copy)), find_model(str(whisper))

    assert (noted.prompted, plain.prompted) == (False, True)
    assert noted.identity != plain.identity
    (copy / "videotheque.json").write_text('{"prompted":')
    with pytest.raises(ModelUnavailable, match=r"videotheque\.json .* est illisible"):
        find_model(str(copy))


@pytest.mark.parametrize("missing", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_missing_file_is_named_with_its_setting(whisper: Path, tmp_path: Path, missing: str) -> None:
    """The sentence tells which file and which setting; no network is asked for the tokenizer."""
    copy = _copy(whisper, tmp_path / "copie")
    (copy / missing).unlink()

    with pytest.raises(ModelUnavailable, match=rf"ne contient pas {missing} .*VIDEOTHEQUE_ASR_MODEL"):
        find_model(str(copy))


@pytest.mark.parametrize("damaged", ["config.json", "tokenizer.json"])
def test_a_copy_cut_short_is_told(whisper: Path, tmp_path: Path, damaged: str) -> None:
    """Half a file is found before the native reader stumbles on it."""
    copy = _copy(whisper, tmp_path / "copie")
    content = (copy / damaged).read_bytes()
    (copy / damaged).write_bytes(content[: len(content) // 2])

    with pytest.raises(ModelUnavailable, match=f"{damaged} du modèle de parole .* est endommagé"):
        find_model(str(copy))


@pytest.mark.parametrize("name", ["/nulle/part", "./modele", "modeles/parole/petit", ".."])
def test_a_path_that_is_not_there_is_told_without_asking_the_hub(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written as a path is never looked up as a name."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(ModelUnavailable, match=r"n'existe pas|ne contient pas model.bin"):
        find_model(name)


def test_a_hub_name_uses_the_local_copy_and_its_commit(
    whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a local copy the hub is not asked, and the identity holds the exact commit."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--Systran--faster-whisper-small"
    snapshot = _copy(whisper, home / "snapshots" / COMMIT)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("f" * 40)  # the hub moved on since: what is pinned is used

    model = find_model("small")

    assert (snapshot, f"small@{COMMIT}") == (model.folder, model.identity)


def test_auto_is_the_small_model_on_a_processor(whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a graphics card the model that a night of two cores can afford is taken, and named."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    _copy(whisper, tmp_path / "models--Systran--faster-whisper-small" / "snapshots" / COMMIT)

    assert find_processor().device is Device.CPU
    assert find_model(AUTO).identity == f"small@{COMMIT}"


def test_a_model_that_is_not_there_is_not_fetched_where_that_is_not_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The doctor looks; it does not download half a gigabyte."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelUnavailable, match=r"« small » n'est pas encore sur cette machine"):
        find_model("small", download=False)


@pytest.mark.parametrize("name", ["small", "Systran/faster-whisper-small"])
def test_without_a_copy_and_without_the_hub_the_remedy_is_told(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No copy and no network: one sentence, with the setting."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelUnavailable, match=r"hub Hugging Face est injoignable.*VIDEOTHEQUE_ASR_MODEL"):
        find_model(name)


def test_a_download_cut_short_is_no_local_copy(whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot without its weights is told before the native loader stumbles on it."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    home = tmp_path / "models--Systran--faster-whisper-small"
    (_copy(whisper, home / "snapshots" / COMMIT) / "model.bin").unlink()

    with pytest.raises(ModelUnavailable, match=r"ne contient pas model\.bin"):
        find_model("small")


def test_an_unknown_size_is_told() -> None:
    """A misspelt size names the setting."""
    with pytest.raises(ModelUnavailable, match="« smal » n'est ni un dossier"):
        find_model("smal")
