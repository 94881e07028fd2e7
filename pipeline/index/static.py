"""Reads a static model of sentence-transformers (one vector per piece of word, averaged) with NumPy alone.

Owns nothing; takes the folder of a model whose modules are ``StaticEmbedding`` then ``Normalize``, gives the same
vectors as sentence-transformers to rounding (a test holds them together). That library and torch cost five seconds and
several hundred megabytes at every start of a command, for what is a table look-up. Format: model2vec's, which
sentence-transformers reads (``embeddings`` of one byte a number, ``weights`` one scale a row).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file
from tokenizers import Tokenizer

_KINDS = ["StaticEmbedding", "Normalize"]
_TENSORS = {"embeddings": "I8", "weights": "F32"}

_TEXTS = 256
"""At once: bounds the copied rows to some tens of megabytes however many passages there are."""


class StaticModel:
    """A table of one row per token of its tokenizer, kept as it is on the disk (one byte a number)."""

    def __init__(self, folder: Path) -> None:
        """Raises: OSError, ValueError, KeyError or SafetensorError where a file is missing, foreign or damaged."""
        tensors = load_file(folder / "model.safetensors")
        self._table: NDArray[np.int8] = tensors["embeddings"]
        self._scales: NDArray[np.float32] = tensors["weights"]
        self._tokenizer = Tokenizer.from_str((folder / "tokenizer.json").read_text("utf-8"))
        self._tokenizer.no_padding()
        if len(self._table) != len(self._scales) or len(self._table) < self._tokenizer.get_vocab_size():
            raise ValueError("the table has not one row per token")

    def encode(self, texts: Sequence[str], prompt: str = "") -> NDArray[np.float32]:
        """Vectors of texts, ``prompt`` before each: ``(len(texts), dimension)`` float32, rows of unit length.

        Of a text without a known token, zeros.
        """
        rows = np.zeros((len(texts), self._table.shape[1]), dtype=np.float32)
        for first in range(0, len(texts), _TEXTS):
            some = [prompt + text for text in texts[first : first + _TEXTS]]
            encodings = self._tokenizer.encode_batch(some, add_special_tokens=False)
            for number, encoding in enumerate(encodings, first):
                if encoding.ids:
                    # A direction: the sum's is the mean's.
                    rows[number] = self._scales[encoding.ids] @ self._table[encoding.ids].astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        np.divide(rows, lengths, out=rows, where=lengths > 0)
        return rows


def is_static(folder: Path) -> bool:
    """Whether a folder holds a model that this module reads: those two modules, and bytes with their scales.

    Raises:
        OSError, ValueError, SafetensorError: its list of modules, or its weights, cannot be read.
    """
    modules = json.loads((folder / "modules.json").read_text("utf-8"))
    if [module.get("type", "").rpartition(".")[2] for module in modules] != _KINDS:
        return False
    with safe_open(folder / "model.safetensors", "numpy") as file:
        return {name: file.get_slice(name).get_dtype() for name in file.keys()} == _TENSORS  # noqa: SIM118 - no mapping
