"""What each token counts for in a passage: its rarity where French is spoken about work, and where it is written.

Takes the tokenizer and French texts, gives one weight a token by which the trained rows are multiplied. Training on
short texts leaves words that are everywhere in speech (« quand », « faire », « travail ») too much to say. Method:
inverse document frequency (Spärck Jones, 1972) over texts of about a clip's length.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

Weights = NDArray[np.float32]

_CLIP_WORDS = 80
"""Words of a text among which tokens are counted: a short clip."""


def weights(tokenizer: Tokenizer, spoken: Iterable[str], written: Iterable[str]) -> Weights:
    """``(tokens,)`` float32 in 0..1: the mean of a token's rarity in what is spoken and in what is written."""
    both = [_rarity(tokenizer, list(texts)) for texts in (_pieces(spoken), written)]
    mean: Weights = np.mean(both, axis=0).astype(np.float32)
    return mean


def _rarity(tokenizer: Tokenizer, texts: list[str]) -> NDArray[np.float64]:
    """How rare each token is: 1 where no text holds it."""
    holding = np.zeros(tokenizer.get_vocab_size())
    for encoding in tokenizer.encode_batch(texts):
        holding[list(set(encoding.ids))] += 1
    rarity = np.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
    scaled: NDArray[np.float64] = rarity / np.log(1 + (len(texts) + 0.5) / 0.5)
    return scaled


def _pieces(lines: Iterable[str]) -> Iterator[str]:
    """Lines joined into texts of a clip's length."""
    held: list[str] = []
    for line in lines:
        held += line.split()
        if len(held) >= _CLIP_WORDS:
            yield " ".join(held)
            held = []
    if held:
        yield " ".join(held)
