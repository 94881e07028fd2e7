"""The student while it learns: a token's vector is the sum of what is known of it.

Its own row, that of its stem, and the mean of its character n-grams (Bojanowski et al., 2017), times a learned weight:
rare and misspelled words borrow from their relatives. Once trained, all of it folds into one table, one row a token,
and a text is the mean of its tokens.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import Stemmer
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import nn

_BUCKETS = 1 << 15
_SHORTEST, _LONGEST = 3, 4
_SMOOTHING = 1e-3
"""The constant of smooth inverse frequency (Arora et al., 2017), from which the weights start."""


class Student(nn.Module):
    """Tables of rows for tokens, stems and n-grams, ``dimension`` numbers each."""

    def __init__(self, tokenizer: Tokenizer, frequencies: NDArray[np.float64], dimension: int, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
        stems = _stems(tokens)
        self.stem_of = torch.tensor(stems)
        grams = [_grams(token) for token in tokens]
        self._gram_ids = [np.array(one, dtype=np.int64) for one in grams]
        self.own = nn.Embedding(len(tokens), dimension, sparse=True)
        self.stem = nn.Embedding(max(stems) + 1, dimension, sparse=True)
        self.gram = nn.EmbeddingBag(_BUCKETS, dimension, mode="mean", sparse=True)
        for table, scale in ((self.own, 0.05), (self.stem, 0.02), (self.gram, 0.02)):
            nn.init.normal_(table.weight, std=scale)
        weights = _SMOOTHING / (_SMOOTHING + frequencies)
        self.log_weight = nn.Parameter(torch.tensor(np.log(weights), dtype=torch.float32))

    def rows(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors ``(len(tokens), dimension)`` of these tokens, weighted."""
        ids = [self._gram_ids[token] for token in tokens.tolist()]
        offsets = torch.from_numpy(np.cumsum([0, *(len(one) for one in ids[:-1])]))
        flat = torch.from_numpy(np.concatenate(ids))
        parts = self.own(tokens) + self.stem(self.stem_of[tokens]) + self.gram(flat, offsets)
        weighted: torch.Tensor = parts * self.log_weight[tokens].exp()[:, None]
        return weighted

    def forward(self, texts: Sequence[NDArray[np.int64]]) -> torch.Tensor:
        """Unit vectors ``(len(texts), dimension)`` of token ids; a text without tokens gives zeros."""
        flat = np.concatenate([*texts, np.zeros(0, dtype=np.int64)])
        used, places = np.unique(flat, return_inverse=True)
        table = self.rows(torch.from_numpy(used))
        offsets = torch.from_numpy(np.cumsum([0, *(len(one) for one in texts[:-1])]))
        summed = nn.functional.embedding_bag(torch.from_numpy(places), table, offsets, mode="sum")
        return nn.functional.normalize(summed, dim=1)

    @torch.no_grad()
    def table(self, sharpened: float = 1.0) -> NDArray[np.float32]:
        """Everything folded: ``(tokens, dimension)`` float32, each row's length raised to the power ``sharpened``.

        Above 1, words that say much outweigh those that say little more than training made them: passages are longer
        than what was trained on.
        """
        count = self.own.num_embeddings
        blocks = [self.rows(torch.arange(first, min(first + 4096, count))) for first in range(0, count, 4096)]
        folded: NDArray[np.float32] = torch.cat(blocks).numpy()
        folded[0] = 0  # the unknown token says nothing
        length = np.linalg.norm(folded, axis=1, keepdims=True)
        return (folded * np.where(length > 0, length, 1) ** (sharpened - 1)).astype(np.float32)


def _stems(tokens: Sequence[str]) -> list[int]:
    """The row of each token's stem; 0 for pieces, which have none."""
    stem = Stemmer.Stemmer("french").stemWord
    places: dict[str, int] = {}
    return [0 if token.startswith(("##", "[")) else places.setdefault(stem(token), len(places) + 1) for token in tokens]


def _grams(token: str) -> list[int]:
    text = token[2:] + ">" if token.startswith("##") else f"<{token}>"
    found = [
        text[start : start + size] for size in range(_SHORTEST, _LONGEST + 1) for start in range(len(text) - size + 1)
    ] or [text]
    return [zlib.crc32(gram.encode()) % _BUCKETS for gram in found]
