"""The result's record: verdicts and ratios are computed, never typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.report import Comparison, Goal, Spread, goal_for

_SECONDS = st.lists(st.floats(min_value=0.01, max_value=1e4), min_size=1, max_size=9)


def _comparison(product: float, peer: float, at_most: float) -> Comparison:
    ratio = Spread.of([product / peer])
    return Comparison(
        name="cutting",
        product="ours",
        peer="theirs",
        product_cpu_s=Spread.of([product]),
        peer_cpu_s=Spread.of([peer]),
        product_wall_s=Spread.of([product]),
        peer_wall_s=Spread.of([peer]),
        ratio=ratio,
        goal=goal_for(ratio, at_most),
    )


@given(_SECONDS)
def test_a_spread_reads_back_as_it_was_written(values: list[float]) -> None:
    """The check on reading never refuses what the benchmark itself wrote."""
    spread = Spread.of(values)

    assert spread == Spread.model_validate_json(spread.model_dump_json())
    assert spread.minimum <= spread.median <= spread.maximum


@given(st.floats(min_value=0.1, max_value=1e4), st.floats(min_value=0.1, max_value=1e4))
def test_a_comparison_reads_back_as_it_was_written(product: float, peer: float) -> None:
    """Rounded values and their ratio agree well enough for the check."""
    comparison = _comparison(product, peer, 1.15)

    assert comparison == Comparison.model_validate_json(comparison.model_dump_json())


def test_a_median_cannot_be_typed() -> None:
    """A summary that is not that of its values is refused."""
    with pytest.raises(ValidationError, match="are not those of the values"):
        Spread(values=(1.0, 2.0, 3.0), median=1.0, minimum=1.0, maximum=3.0)


def test_a_ratio_cannot_be_typed() -> None:
    """A ratio that is not product ÷ peer is refused."""
    content = _comparison(2.0, 1.0, 1.15).model_dump() | {"ratio": Spread.of([1.0]).model_dump()}

    with pytest.raises(ValidationError, match="not that of its two values"):
        Comparison.model_validate(content)


def test_a_verdict_cannot_be_typed() -> None:
    """A goal said to be reached, and missed by the ratio beside it, is refused."""
    content = _comparison(2.0, 1.0, 1.15).model_dump() | {"goal": Goal(at_most=1.15, reached=True).model_dump()}

    with pytest.raises(ValidationError, match="verdict"):
        Comparison.model_validate(content)


@pytest.mark.parametrize(("product", "reached"), [(1.15, True), (1.1502, False), (0.9, True)])
def test_a_goal_is_reached_up_to_its_limit(product: float, reached: bool) -> None:
    """The limit itself still counts as reached."""
    found = _comparison(product, 1.0, 1.15).goal

    assert Goal(at_most=1.15, reached=reached) == found
