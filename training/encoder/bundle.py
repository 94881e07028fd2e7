"""The trained table as a directory that ``SentenceTransformer(path)`` loads without a network.

Takes the table and its tokenizer, writes one byte a number: each row is scaled to its largest number, and the scales
lie beside it (the ``embeddings`` and ``weights`` of a Model2Vec file, which sentence-transformers 6.2 reads as they
are). A third file says that vectors are normalised, and that there are no prompts.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer

_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.StaticEmbedding"},
    {"idx": 1, "name": "1", "path": "1_Normalize", "type": "sentence_transformers.models.Normalize"},
]
_CONFIG = {"model_type": "SentenceTransformer", "prompts": {"query": "", "document": ""}, "default_prompt_name": None,
           "similarity_fn_name": "cosine"}  # fmt: skip


def write(table: NDArray[np.float32], tokenizer: Tokenizer, folder: Path) -> int:
    """Write the model and return its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.abs(table).max(axis=1) / 127
    scale[scale == 0] = 1
    rows = np.clip(np.rint(table / scale[:, None]), -127, 127).astype(np.int8)
    save_file({"embeddings": rows, "weights": scale.astype(np.float32)}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)  # safetensors gives it to its writer alone
    _write_json(_MODULES, folder / "modules.json")
    _write_json(_CONFIG, folder / "config_sentence_transformers.json")
    # Without its indentation the vocabulary is half as large.
    compact = json.dumps(json.loads(tokenizer.to_str()), ensure_ascii=False, separators=(",", ":"))
    (folder / "tokenizer.json").write_text(compact, "utf-8")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _write_json(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
