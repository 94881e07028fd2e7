"""``python -m training.announcements``: learn which turns open a topic, and write the weights that the package carries.

Takes the folder of corpora named by ``--data`` (never part of the project); gives
``pipeline/segment/announcements.json``. Only the *train* splits of QMSum are read, so that every dev and test split
stays unseen. The model is a logistic regression with an L2 penalty (Cox, 1958; solver: Fan et al., LIBLINEAR, 2008);
a turn within two lines of a known boundary but not on it is neither an example nor a counter-example. One minute.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from pipeline.segment.announcements import WEIGHTS, Features, Learned, features_of
from pipeline.segment.chapters import places_of
from pipeline.segment.cohesion import tf_idf
from pipeline.segment.talk import Said

CORPORA = ("qmsum-ami", "qmsum-icsi", "qmsum-committee")
SOURCES = (
    "QMSum topic lists (Zhong et al. 2021, MIT)",
    "AMI meeting corpus (Carletta et al. 2005, CC BY 4.0)",
    "ICSI meeting corpus (Janin et al. 2003, CC BY 4.0)",
    "Welsh and Canadian parliament committees (public proceedings)",
)

LEAST_TALKS = 5
"""A feature seen in fewer transcripts is somebody's name or a product's."""

PENALTY = 0.1
"""scikit-learn's C. Cross-validated over AMI, ICSI, the committees, TinyRec and FREDSum: .01 and .03 were worse on
every one, .3 no better on AMI and slower."""

KEPT = 3000
"""Weights kept, the largest ones: as good as all 26,000 on the dev splits, and a ninth of the bytes."""

DECIMALS = 3
NEAR_LINES = 2
"""The judge's own tolerance."""


@dataclass(frozen=True, slots=True)
class Example:
    """One transcript: its turns' features, and which of them open a topic (1), do not (0), or nearly (-1)."""

    features: list[Features]
    opens: NDArray[np.int64]


def main() -> int:
    """Read, learn, write."""
    parser = argparse.ArgumentParser(prog="python -m training.announcements", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora (jsonl files)")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    examples = [example for name in CORPORA for example in read(options.data / f"{name}.jsonl")]
    sys.stderr.write(f"{len(examples)} transcripts\n")
    model = learn(examples)
    options.out.write_text(json.dumps(model.model_dump(), ensure_ascii=False, indent=1) + "\n", "utf-8")
    sys.stderr.write(f"{len(model.weights)} weights in {options.out}\n")
    return 0


def read(path: Path) -> Iterator[Example]:
    """The training transcripts of one corpus."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            talk = json.loads(line)
            if talk["split"] == "train":
                yield example_of(talk["utterances"], talk["boundaries"])


def example_of(utterances: Sequence[dict[str, str]], boundaries: Sequence[int]) -> Example:
    """Turns of one transcript, with what is known of them."""
    spoken = [number for number, one in enumerate(utterances) if one["text"].split()]
    talk = [Said(speaker=utterances[line]["speaker"], text=utterances[line]["text"]) for line in spoken]
    places = places_of(talk)
    found = features_of(talk, places, tf_idf([said.text for said in talk]))
    lines = np.array([spoken[place] for place in places])
    away = np.min(np.abs(lines[:, None] - np.array(boundaries)[None, :]), axis=1) if boundaries else lines + 99
    opens = np.where(away == 0, 1, np.where(away <= NEAR_LINES, -1, 0))
    return Example(found, opens)


def learn(examples: Sequence[Example]) -> Learned:
    """Fit on all of them; the same examples give the same weights."""
    seen: Counter[str] = Counter()
    for example in examples:
        seen.update({name for one in example.features for name in one})
    names = sorted(name for name, talks in seen.items() if talks >= LEAST_TALKS)
    places = {name: number for number, name in enumerate(names)}
    opens = np.concatenate([example.opens for example in examples])
    rows = csr_matrix(_cells([one for example in examples for one in example.features], places))
    sure = opens >= 0
    fitted = LogisticRegression(C=PENALTY, max_iter=300, solver="liblinear").fit(rows[sure], opens[sure])
    weights = fitted.coef_[0]
    largest = sorted(np.argsort(-np.abs(weights), kind="stable")[:KEPT])
    return Learned(
        about="log-odds that a turn opens a topic; made by python -m training.announcements",
        sources=SOURCES,
        transcripts=len(examples),
        intercept=round(float(fitted.intercept_[0]), DECIMALS),
        weights={names[number]: round(float(weights[number]), DECIMALS) for number in largest},
    )


def _cells(
    rows: Sequence[Features], places: dict[str, int]
) -> tuple[NDArray[np.float64], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """The cells of a sparse matrix, as scipy takes them."""
    cells = [
        (value, row, places[name]) for row, one in enumerate(rows) for name, value in one.items() if name in places
    ]
    values, first, second = zip(*cells, strict=True)
    return np.array(values), (np.array(first), np.array(second))


if __name__ == "__main__":
    raise SystemExit(main())
