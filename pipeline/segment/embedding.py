"""What segmentation asks of a sentence embedder, and the vectors it gets from one.

Any object with ``passages`` will do: the index's embedder fits, and there may be none. Takes texts, gives one row a
text; a text of a word or two carries no topic, is not sent, and gets a row of zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_LEAST_WORDS = 3  # « mm-hm », « d'accord »: a third of the lines of a meeting, and nothing to compare


class PassageEmbedder(Protocol):
    """A loaded model that turns texts into unit vectors."""

    identity: str
    """Names the model exactly: two identities, two outputs."""

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors ``(len(texts), dimension)``, rows of unit length."""

    def __hash__(self) -> int:
        """Any object's own: what was fitted with a model is kept for it."""


def rows_of(texts: Sequence[str], embedder: PassageEmbedder) -> NDArray[np.float64]:
    """One row a text, ``(len(texts), dimension)``; each different text is embedded once."""
    sent = sorted({text for text in texts if len(text.split()) >= _LEAST_WORDS})
    vectors = embedder.passages(sent or ["…"]).astype(np.float64)
    place = {text: row for row, text in enumerate(sent)}
    rows = np.zeros((len(texts), vectors.shape[1]))
    for index, text in enumerate(texts):
        if text in place:
            rows[index] = vectors[place[text]]
    return rows
