"""The embedder: texts in, unit vectors out, and an identity that says exactly which model made them.

Wraps a sentence-transformers model on the CPU: the French one bundled with the program (``encoder_fr/``, made by
``python -m training.encoder``), a directory, or a model of the Hugging Face hub. Static models are read by
``pipeline.index.static``; for any other, sentence-transformers is imported on the first load (it costs seconds).
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import ModelUnavailable
from pipeline.index.static import StaticModel, is_static

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors = NDArray[np.float32]

Encode = Callable[[list[str], str], Vectors]
"""Texts, and what goes before each, to rows of unit length or of zeros."""

BUNDLED = "bundled"
"""The model that needs no hub."""

_FOLDER = Path(__file__).with_name("encoder_fr")

PROMPTS: Mapping[str, tuple[str, str]] = {
    "ibm-granite/granite-embedding-107m-multilingual": ("", ""),
    "ibm-granite/granite-embedding-278m-multilingual": ("", ""),
    "Alibaba-NLP/gte-multilingual-base": ("", ""),
    "BAAI/bge-m3": ("", ""),
    "intfloat/multilingual-e5-small": ("query: ", "passage: "),
    "intfloat/multilingual-e5-base": ("query: ", "passage: "),
    "Snowflake/snowflake-arctic-embed-l-v2.0": ("query: ", ""),
    "Snowflake/snowflake-arctic-embed-m-v2.0": ("query: ", ""),
}
"""What goes before a query and before a passage, by the card of each hub model; some do not configure it themselves.
A model that is not here gets the prompts of its own configuration."""

_HUB_TIMEOUT_S = 10.0
"""Left alone, the hub's client tries each of several files six times: minutes without a network."""

_TOKENS_PER_WORD = 2.2
"""English WordPiece on French, measured on career clips; a multilingual vocabulary needs fewer."""

_WITHOUT_LIMIT_WORDS = 5_000
"""For a model without a maximum length, like the bundled one: more than any clip has. On long passages the mean of
windows of a hundred words found less than the whole at once (.126 and .149 of debates, .863 and .887 of manuals)."""


class Embedder:
    """A loaded model.

    ``identity`` names the model, its revision or the hash of its files, and its prompts: vectors of two
    identities never meet. ``dimension`` is the length of a vector. ``window_words`` is about how many French
    words the model reads of a text; it ignores the rest.
    """

    def __init__(
        self, encode: Encode, prompts: Mapping[str, str], name: str, revision: str, most_tokens: float = math.inf
    ) -> None:
        """Wrap ``encode``; ``prompts`` holds the query's and the document's."""
        # Explicit, so that an update of the library cannot add a prefix silently.
        self._prompts = prompts
        self.identity = f"{name}@{revision} {json.dumps(dict(prompts), ensure_ascii=False, sort_keys=True)}"
        self._encode_texts = encode
        # Fast tokenizers cannot be used by two threads at once ("Already borrowed").
        self._lock = threading.Lock()
        self.window_words = _WITHOUT_LIMIT_WORDS if math.isinf(most_tokens) else int(most_tokens / _TOKENS_PER_WORD)
        probe = self.passages(["infirmière", "boulanger"])
        self.dimension = int(probe.shape[1])
        # A model without its vocabulary or with damaged weights loads without a word: every text is alike.
        if not np.isfinite(probe).all() or float(probe[0] @ probe[1]) > 0.9999:
            raise ValueError("two different words have the same vector")

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of what is searched: ``(len(texts), dimension)`` float32, rows of unit length.

        Of a text without a word that the model knows, zeros: it is near nothing.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        return self._encode(texts, self._prompts["document"])

    def query(self, text: str) -> Vectors:
        """Vector of what is asked: ``(dimension,)`` float32, of unit length or, without a known word, zeros."""
        row: Vectors = self._encode([text], self._prompts["query"])[0]
        return row

    def _encode(self, texts: Sequence[str], prompt: str) -> Vectors:
        # Tokenizers raise on a lone surrogate.
        clean = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        with self._lock:
            return np.ascontiguousarray(self._encode_texts(clean, prompt), dtype=np.float32)


_PROMPT_NAMES = {"query": ("query",), "document": ("document", "passage", "corpus")}
"""The names under which sentence-transformers lets a model configure each prompt, the first found wins."""


def _prompts(configured: Mapping[str, str | None], name: str) -> dict[str, str]:
    """What goes before each kind of text: by our table, else by the model's configuration."""
    if name in PROMPTS:
        return dict(zip(("query", "document"), PROMPTS[name], strict=True))
    return {
        kind: next((prompt for prompt in map(configured.get, names) if prompt), "")
        for kind, names in _PROMPT_NAMES.items()
    }


def _of_library(model: SentenceTransformer, name: str, revision: str) -> Embedder:
    def encode(texts: list[str], prompt: str) -> Vectors:
        rows: Vectors = model.encode(
            texts, prompt=prompt, show_progress_bar=False, convert_to_numpy=True, normalize_embeddings=True
        )
        return rows

    longest = getattr(model, "max_seq_length", None)
    return Embedder(encode, _prompts(model.prompts, name), name, revision, longest or math.inf)


def _static(folder: Path, name: str, revision: str) -> Embedder:
    config = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    return Embedder(StaticModel(folder).encode, _prompts(config.get("prompts") or {}, name), name, revision)


def load_embedder(name: str, revision: str | None = None) -> Embedder:
    """Load ``"bundled"``, a directory, or a hub model (from the local cache first; ``revision`` is for the hub).

    Raises:
        ModelUnavailable: the model is missing or damaged, or the hub cannot be reached.
    """
    if name == BUNDLED:
        return _from_directory(_FOLDER, "videotheque-encoder-fr", name)
    if Path(name).is_dir():
        return _from_directory(Path(name), Path(name).resolve().name, name)
    if re.match(r"[/.~]|[A-Za-z]:", name):
        raise _unavailable(name, "ce dossier n'existe pas")
    return _from_hub(name, revision)


def model_folder(name: str) -> Path | None:
    """The directory a model is read from, without loading it; None for a name of the hub."""
    if name == BUNDLED:
        return _FOLDER
    return Path(name) if Path(name).is_dir() else None


def _from_directory(folder: Path, title: str, setting: str) -> Embedder:
    if not (folder / "modules.json").is_file():
        raise _unavailable(setting, "le fichier modules.json d'un modèle sentence-transformers y manque")
    try:
        digest = _digest(folder)
    except OSError as error:
        raise _unavailable(setting, f"un de ses fichiers ne peut pas être lu ({error.strerror})") from error
    try:
        _require_readable_tokenizer(folder / "tokenizer.json")
        if is_static(folder):
            return _static(folder, title, f"sha256:{digest}")
        return _of_library(_load(str(folder), None, offline=True), title, f"sha256:{digest}")
    except _load_errors() as error:
        raise _unavailable(setting, f"un de ses fichiers manque ou est abîmé ({_first_line(error)})") from error


def _require_readable_tokenizer(path: Path) -> None:
    """The tokenizers library raises a bare Exception on a truncated file; a ValueError says the same."""
    if path.is_file():
        json.loads(path.read_bytes())


def _from_hub(name: str, revision: str | None) -> Embedder:
    """From the cache where it is there (its revision then stays the same), else from the hub."""
    try:
        model = _load(name, revision, offline=True)
    except _load_errors():
        _require_hub(name, revision)
        try:
            model = _load(name, revision, offline=False)
        except _load_errors() as error:
            raise _unavailable(name, f"son chargement a échoué ({_first_line(error)})") from error
    try:
        return _of_library(model, name, _cached_commit(name, revision))
    except _load_errors() as error:
        raise _unavailable(name, f"il ne calcule rien d'utilisable ({_first_line(error)})") from error


def _require_hub(name: str, revision: str | None) -> None:
    """Ask the hub once whether it knows the model."""
    from huggingface_hub import HfApi

    try:
        HfApi().repo_info(name, revision=revision, timeout=_HUB_TIMEOUT_S)
    except _load_errors() as error:
        raise _unavailable(
            name, f"il n'est ni un dossier ni dans le cache, et le hub ne le donne pas ({_first_line(error)})"
        ) from error


def _cached_commit(name: str, revision: str | None) -> str:
    """The commit that was loaded: the cache keeps each one in ``snapshots/<commit>/``."""
    from huggingface_hub import try_to_load_from_cache

    for file in ("modules.json", "config.json"):
        path = try_to_load_from_cache(name, file, revision=revision)
        if isinstance(path, str):
            parts = Path(path).parts
            return parts[parts.index("snapshots") + 1]
    return revision or "main"


def _load(name: str, revision: str | None, offline: bool) -> SentenceTransformer:
    import sentence_transformers
    from huggingface_hub.utils.tqdm import disable_progress_bars
    from transformers.utils import logging as transformers_logging

    # Library chatter on the operator's screen; what matters is raised.
    disable_progress_bars()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    for logger in ("sentence_transformers", "huggingface_hub"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    # The CPU even where there is a GPU: the same vectors for everybody. Code of the hub is never run.
    return sentence_transformers.SentenceTransformer(
        name, device="cpu", revision=revision, local_files_only=offline, trust_remote_code=False
    )


def _load_errors() -> tuple[type[BaseException], ...]:
    """Whatever loading a missing, foreign or damaged model was seen to raise."""
    from huggingface_hub.errors import HfHubHTTPError
    from safetensors import SafetensorError

    # The parent of the hub's own error is its HTTP library's: which library that is depends on the version.
    network = HfHubHTTPError.__bases__[0]
    return (
        OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError, ImportError,
        SafetensorError, network,
    )  # fmt: skip


def _digest(folder: Path) -> str:
    """SHA-256 of what determines the vectors: every file but the documentation, with its relative name."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and path.suffix.lower() != ".md":
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else type(error).__name__


def _unavailable(setting: str, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"Le modèle sémantique « {setting} » est inutilisable : {why} ; mettez dans VIDEOTHEQUE_EMBEDDER un dossier de "
        "modèle, un nom du hub accessible, ou « bundled » (fourni, hors ligne)."
    )
