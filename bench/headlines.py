"""Titles, summaries, tags and the self-contained check, judged on labelled career exchanges.

``python -m bench.headlines`` reads ``bench/data/exchanges*.jsonl`` (our own text, labelled before any tuning) and
writes ``bench/results/headlines.json``. ``--half dev`` judges that half alone, so that tuning never sees the other;
``--calibrate`` fits the confidences of ``pipeline/segment/tag_rules.toml`` on the dev half (Platt's method) and prints
them.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.exchanges import (
    DATA,
    FRESH,
    HALVES,
    ORAL,
    RESAMPLES,
    Exchange,
    Half,
    Judged,
    Measured,
    Report,
    half_of,
    halves,
    judge,
    lines_of,
)
from pipeline.index.embed import load_embedder
from pipeline.outputs import replace_synced
from pipeline.records import Referential, TagKind
from pipeline.segment.faithful import REPHRASING
from pipeline.segment.headlines import headline_of
from pipeline.segment.tags import candidates, level_candidates
from pipeline.segment.titles import MAX_TITLE, is_understood

RESULTS = Path(__file__).with_name("results") / "headlines.json"


def calibration(scored: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """Slope and intercept of the logistic function that makes these scores likeliest (Platt's smoothed targets)."""
    scores = np.array([score for score, _ in scored])
    right = np.array([one for _, one in scored])
    positive, negative = right.sum(), (~right).sum()
    target = np.where(right, (positive + 1) / (positive + 2), 1 / (negative + 2))
    slope, intercept = 1.0, 0.0
    prior = 0.1  # a Gaussian prior on both: keeps them finite where one score parts all right from all wrong
    for _ in range(200):  # Newton's method: converges in about ten steps on such small sets
        sure = 1 / (1 + np.exp(-np.clip(slope * scores + intercept, -30, 30)))
        weight = sure * (1 - sure)
        gradient = np.array(
            [((target - sure) * scores).sum() - prior * slope, (target - sure).sum() - prior * intercept]
        )
        hessian = np.array(
            [
                [(weight * scores**2).sum() + prior, (weight * scores).sum()],
                [(weight * scores).sum(), weight.sum() + prior],
            ]
        )
        step = np.linalg.solve(hessian, gradient)
        step /= max(1.0, float(np.abs(step).max()))  # far from the optimum a whole step overshoots
        slope, intercept = slope + float(step[0]), intercept + float(step[1])
    return round(slope, 3), round(intercept, 3)


def _fitted(exchanges: Sequence[Exchange]) -> dict[str, tuple[float, float]]:
    kinds = [
        (one.score, one.label.value in exchange.kinds)
        for exchange in exchanges
        for one in candidates(lines_of(exchange))
    ]
    levels = [
        (one.score, one.label.value in exchange.levels)
        for exchange in exchanges
        for one in level_candidates(lines_of(exchange))
    ]
    return {"question": calibration(kinds), "level": calibration(levels)}


def _sector_confidence(exchanges: Sequence[Exchange], *, declared: bool) -> float:
    """How often the sector is right, by the occupation or by what is said alone (Laplace's rule)."""
    right = [
        tag.value == one.sector
        for one in exchanges
        for tag in headline_of(lines_of(one), one.occupation if declared else None, Referential()).tags
        if tag.kind is TagKind.SECTOR
    ]
    return round((sum(right) + 1) / (len(right) + 2), 2)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.headlines", description=__doc__)
    parser.add_argument("--half", choices=HALVES, help="judge one half and write nothing")
    parser.add_argument("--calibrate", action="store_true", help="fit confidences on the dev half and print them")
    parser.add_argument("--errors", action="store_true", help="list what is wrong on the dev half")
    options = parser.parse_args()
    exchanges = halves()
    console = Console(highlight=False, width=None)
    if options.calibrate:
        dev = exchanges["dev"]
        for name, (slope, intercept) in _fitted(dev).items():
            console.print(f"[calibration.{name}]\nslope = {slope}\nintercept = {intercept}", markup=False)
        declared, said = (_sector_confidence(dev, declared=one) for one in (True, False))
        console.print(f"[sector]\ndeclared = {declared}\nsaid = {said}", markup=False)
        return
    wanted = (options.half,) if options.half else HALVES
    embedder = load_embedder("bundled")
    measured = tuple(
        half_of(name, [judge(one, embedder) for one in exchanges[name]], [judge(one) for one in exchanges[name]])
        for name in wanted
    )
    console.print(_table(measured))
    if options.errors:
        _show_errors(console, [judge(one, embedder) for one in exchanges["dev"]])
    if not options.half:
        report = Report(
            data=f"{DATA.name}, {ORAL.name}, {FRESH.name}, {sum(map(len, exchanges.values()))} échanges",
            embedder=embedder.identity,
            resamples=RESAMPLES,
            rephrasing_words=tuple(sorted(REPHRASING)),
            goals={"faithfulness_violations": 0, "main_kind_accuracy": 0.9, "longest_title": MAX_TITLE},
            halves=measured,
        )
        RESULTS.parent.mkdir(exist_ok=True)
        replace_synced(RESULTS, (report.model_dump_json(indent=1) + "\n").encode())


def _table(halves: Sequence[Half]) -> Table:
    table = Table(title="Titres, résumés et thèmes (intervalles à 95 %)")
    table.add_column("mesure")
    for half in halves:
        table.add_column(f"{half.split} ({half.exchanges})", justify="right")
    shown: dict[str, Callable[[Half], str]] = {
        "titres infidèles": lambda half: str(half.faithfulness_violations),
        "résumés infidèles": lambda half: str(half.summary_violations),
        "titre le plus long": lambda half: str(half.longest_title),
        "longueur moyenne": lambda half: _shown(half.mean_title_length, 1),
        "titres qui tiennent seuls": lambda half: _shown(half.titles_that_stand_alone),
        "mots communs avec un titre humain (F1)": lambda half: _shown(half.title_word_f1),
        "type principal juste": lambda half: _shown(half.main_kind_accuracy),
        "type principal juste, par les mots seuls": lambda half: _shown(half.main_kind_accuracy_words_alone),
        "types : précision": lambda half: _shown(half.kind_precision),
        "types : rappel": lambda half: _shown(half.kind_recall),
        "secteur juste": lambda half: _shown(half.sector_accuracy),
        "niveaux : précision": lambda half: _shown(half.level_precision),
        "niveaux : rappel": lambda half: _shown(half.level_recall),
        "thèmes sans preuve": lambda half: str(half.tags_without_evidence),
        "erreur de calibration des types": lambda half: f"{half.kind_calibration_error:.2f}",
        "marqués à relire": lambda half: _shown(half.standalone_review_share),
    }
    for name, cell in shown.items():
        table.add_row(name, *(cell(half) for half in halves))
    return table


def _shown(found: Measured, digits: int = 2) -> str:
    written = f"{found.value:.{digits}f} [{found.low:.{digits}f} ; {found.high:.{digits}f}]"
    return re.sub(r"(?<=\d)\.(?=\d)", ",", written)


def _show_errors(console: Console, judged: Sequence[Judged]) -> None:
    """What to look at while tuning; only ever of the dev half."""
    for one in judged:
        bad = {
            "type": one.main_kind != one.exchange.kinds[0],
            "secteur": one.found(TagKind.SECTOR) != one.exchange.sectors,
            "niveau": set(one.found(TagKind.LEVEL)) != set(one.exchange.levels),
            "titre": not is_understood(one.headline.title, one.exchange.occupation),
        }
        wrong = [name for name, is_bad in bad.items() if is_bad]
        if wrong:
            values = [tag.value for tag in one.headline.tags]
            console.print(
                f"{one.exchange.id} {wrong} {one.headline.title!r} {values} {one.exchange.asked}", markup=False
            )


if __name__ == "__main__":
    main()
