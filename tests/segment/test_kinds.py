"""Kinds of question learned from examples: chances that sum to one, and examples that judge nothing."""

from __future__ import annotations

import json
from importlib import resources
from math import isclose
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.index.embed import load_embedder
from pipeline.segment.kinds import OTHER, chances, fitted, learned
from pipeline.segment.rules import model

_DATA = Path(__file__).parents[2] / "bench" / "data"
_EXAMPLES = [
    line.split("\t")
    for line in resources.files("pipeline.segment").joinpath("kind_examples.tsv").read_text("utf-8").splitlines()
]


@given(
    asked=st.text(max_size=80),
    told=st.text(max_size=80),
    ruled=st.dictionaries(st.sampled_from([label.value for label in model().questions]), st.floats(0, 20)),
)
def test_chances_sum_to_one(asked: str, told: str, ruled: dict[str, float]) -> None:
    """For any text and any scores: every kind has its chance, and « autre » too."""
    found = chances(asked, told, ruled)

    assert {OTHER, *(label.value for label in model().questions)} == set(found)
    assert isclose(1.0, sum(found.values()), abs_tol=1e-9)


def test_what_the_rules_say_counts() -> None:
    """The same words are likelier of a kind that a rule found."""
    without, with_it = (chances("Et ça ?", "", ruled) for ruled in ({}, {"pay": 3.0}))

    assert "pay" != max(without, key=lambda kind: without[kind])
    assert "pay" == max(with_it, key=lambda kind: with_it[kind])
    assert without["pay"] < with_it["pay"] / 2


def test_an_example_teaches_words_that_no_rule_knows() -> None:
    """One example of each of two kinds parts them, by the question or by the answer."""
    taught = fitted([("pay", "Ça douille ?", "Deux mille."), ("likes", "Ça botte ?", "Beaucoup.")])

    assert "pay" == taught.kinds[int(np.argmax(taught.values("Il paraît que ça douille", "")))]
    assert "likes" == taught.kinds[int(np.argmax(taught.values("", "Beaucoup trop.")))]


def test_what_is_meant_counts_beside_what_is_said() -> None:
    """With an embedder, a question without one word of the examples leans on the example that means the same."""
    taught = fitted([("pay", "Quel salaire ?", ""), ("ai", "Des robots ?", "")], load_embedder("bundled"))

    assert "pay" == taught.kinds[int(np.argmax(taught.values("Votre rémunération mensuelle", "")))]
    assert "ai" == taught.kinds[int(np.argmax(taught.values("Une machine automatique", "")))]


def test_the_same_examples_teach_the_same() -> None:
    """Nothing is drawn by chance."""
    one, two = (fitted([(kind, asked, told) for kind, asked, told in _EXAMPLES[:60]]) for _ in range(2))

    assert np.array_equal(one.weights, two.weights)


def test_every_kind_is_taught() -> None:
    """Ten examples at least of each of the thirteen kinds."""
    taught = [kind for kind, _, _ in _EXAMPLES]

    assert {OTHER, *(label.value for label in model().questions)} == set(learned().kinds)
    assert min(taught.count(kind) for kind in learned().kinds) >= 10


@pytest.mark.parametrize("name", ["exchanges.jsonl", "exchanges-oral.jsonl", "exchanges-fresh.jsonl"])
def test_no_example_is_judged(name: str) -> None:
    """What the benchmark calls unseen was not taught."""
    exchanges = [json.loads(line) for line in (_DATA / name).read_text("utf-8").splitlines()]
    unseen = {" ".join(one["asked"]) for one in exchanges if one["split"] == "unseen"}

    assert not unseen & {asked for _, asked, _ in _EXAMPLES}
