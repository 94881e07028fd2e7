"""The model's directory: complete or refused in one sentence, before anything is loaded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faster_whisper.utils import _MODELS, available_models
from huggingface_hub import constants

from pipeline.errors import ModelUnavailable
from pipeline.transcribe.loading import NO_MEMORY, lacks_memory, load
from pipeline.transcribe.model import _ALIASES, _PINNED, AUTO, find_model
from pipeline.transcribe.processor import Device, Processor, count_cores, find_processor
from pipeline.transcribe.speed import measure

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


def test_an_unreachable_hub_is_told_once_and_in_french(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a pinned commit the hub's client would try again and again, in English; other names of a model are one."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelUnavailable, match=r"« large-v3-turbo » .* injoignable"):
        find_model("turbo")

    assert [] == caplog.records


@pytest.mark.parametrize("name", available_models())
def test_every_name_of_the_library_is_pinned(
    name: str, whisper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """« large », « turbo », the English and the distilled ones too: a commit, never what the branch has today."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelUnavailable, match="n'est pas encore"):
        find_model(name, download=False)
    repository, commit = _PINNED[_ALIASES.get(name, name)]
    _copy(whisper, tmp_path / f"models--{repository.replace('/', '--')}" / "snapshots" / commit)

    assert repository == _MODELS[name]
    assert find_model(name).identity == f"{_ALIASES.get(name, name)}@{commit}"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("tokenizer.json", "{}"),
        ("tokenizer.json", '{"model": {"vocab": {}}}'),
        ("config.json", "[]"),
        ("preprocessor_config.json", "[]"),
        ("preprocessor_config.json", '{"sampling_rate": 44100}'),
    ],
)
def test_a_file_of_another_kind_is_told(whisper: Path, tmp_path: Path, file: str, content: str) -> None:
    """JSON, but not what the model's file holds: the readers would crash or ask for another processor."""
    copy = _copy(whisper, tmp_path / "copie")
    (copy / file).write_text(content)

    with pytest.raises(ModelUnavailable, match=f"{file} du modèle de parole .* est endommagé ou n'est pas le sien"):
        find_model(str(copy))


def test_another_model_s_sound_is_told_at_loading(whisper: Path, tmp_path: Path) -> None:
    """128 bands of frequencies, as the large models hear, given to one of 80."""
    copy = _copy(whisper, tmp_path / "copie")
    (copy / "preprocessor_config.json").write_text('{"feature_size": 128}')

    with pytest.raises(ModelUnavailable, match=r"celui d'un autre modèle : 128 bandes .* au lieu de 80"):
        measure(find_model(str(copy)).folder, find_processor(), 1)


def test_a_card_that_cannot_compute_gives_way_to_the_processor(whisper: Path) -> None:
    """Asked of a card that is not there, the model is loaded all the same, and the operator is told."""
    loaded = load(whisper, Processor(device=Device.CUDA, compute_types=("float16", "int8_float16")), 1)

    assert loaded.processor.device is Device.CPU
    assert "La carte graphique ne peut pas calculer comme prévu" in loaded.notice
    assert "par le processeur" in loaded.notice


def test_a_card_without_room_tries_lighter_numbers_before_the_processor() -> None:
    """Out of memory: the next numbers, then the processor; the processor's own failure is final."""
    card = Processor(device=Device.CUDA, compute_types=("float16", "int8_float16"))

    lighter = card.after("CUDA failed with error out of memory")
    elsewhere = card.after("Library libcublas.so.12 is not found or cannot be loaded")

    assert lighter == Processor(device=Device.CUDA, compute_types=("int8_float16",))
    last = lighter.after("CUDA failed with error out of memory")
    assert last is not None
    assert elsewhere == last == find_processor()
    assert last.after("anything") is None
    assert lighter == card.after("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED")


_STARVED = """
import resource, sys
from pathlib import Path
import ctranslate2, faster_whisper
from pipeline.errors import PipelineError
from pipeline.transcribe.processor import find_processor
from pipeline.transcribe.speed import measure
held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 3 * 1024**2, resource.RLIM_INFINITY))
try:
    measure(Path(sys.argv[1]), find_processor(), 1)
except PipelineError as error:
    print(error)
"""


def test_a_machine_without_memory_is_told_apart_from_a_damaged_model() -> None:
    """Three mebibytes left for a model of ten: nobody is told to copy it again."""
    model = Path(__file__).parents[2] / "demo" / "models" / "demo-espeak-fr"

    done = subprocess.run(
        [sys.executable, "-c", _STARVED, str(model)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )

    assert f"{NO_MEMORY}\n" == done.stdout


@pytest.mark.parametrize(
    ("error", "lacking"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA failed with error out of memory"), True),
        (RuntimeError("mkl_malloc: failed to allocate memory"), True),
        (RuntimeError("Library libcublas.so.12 is not found or cannot be loaded"), False),
        (ValueError("unsupported model binary version"), False),
    ],
)
def test_a_lack_of_memory_is_recognised(error: Exception, lacking: bool) -> None:
    """By what each library says of it; other failures are the model's or the card's."""
    assert lacking is lacks_memory(error)


@pytest.mark.parametrize(
    ("files", "line", "cores"),
    [
        ({"cpu.max": "max 100000"}, "0::/", None),
        ({"cpu.max": "50000 100000"}, "0::/", 1),
        ({"a/cpu.max": "max 100000", "cpu.max": "100000 100000"}, "0::/a", 1),
        ({"cpu/b/cpu.cfs_quota_us": "90000", "cpu/b/cpu.cfs_period_us": "100000"}, "1:cpu:/b", 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "1:cpu:/", None),
    ],
)
def test_a_container_s_quota_limits_the_threads(
    tmp_path: Path, files: dict[str, str], line: str, cores: int | None
) -> None:
    """Sixty-four cores are seen and one may be used: more threads would only wait for one another."""
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    (tmp_path / "self").write_text(line)

    assert count_cores(tmp_path / "self", tmp_path) == (cores or len(os.sched_getaffinity(0)))
