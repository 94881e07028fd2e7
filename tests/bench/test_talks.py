"""The judge of a cut: values worked out by hand from the definitions of Pk, WindowDiff and F1."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.talks import Score, corpus, judge


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ((5,), Score(0.0, 0.0, 1.0, 1.0)),
        ((), Score(3 / 7, 3 / 7, 0.0, 0.5)),
        ((4, 6), Score(2 / 7, 3 / 7, 2 / 3, 1.5)),
    ],
)
def test_a_cut_is_judged_by_its_definition(found: tuple[int, ...], expected: Score) -> None:
    """Ten lines, a topic that opens at line 5: windows of three lines, seven probes."""
    assert expected == judge((5,), found, 10, 2)


def test_an_opening_counts_once_and_near() -> None:
    """Two openings near a known one are one hit; a line beyond the reach is none."""
    assert 2 / 3 == judge((10,), (9, 11), 40, 1).f1
    assert 0.0 == judge((10,), (12,), 40, 1).f1


def test_only_the_split_asked_for_is_read(tmp_path: Path) -> None:
    """A text may hold a line separator that is no end of line."""
    line = '{"id": "%s", "split": "%s", "boundaries": [1], "utterances": [%s]}'
    said = '{"speaker": "A", "start": null, "end": null, "text": "un\u2028deux"}'
    file = tmp_path / "corpus.jsonl"
    file.write_text("\n".join(line % (name, name, said) for name in ("dev", "test")) + "\n", "utf-8")

    assert ["dev"] == [talk.id for talk in corpus(file, "dev")]
