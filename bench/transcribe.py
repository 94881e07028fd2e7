"""``python -m bench.transcribe``: the transcribe stage beside bare faster-whisper, and how right it is.

Cost: the product's listening and ``WhisperModel.transcribe``, whole processes, same file, same options, repeats
interleaved. Memory: both on an hour, with a model of random weights (what an hour costs does not depend on what is
recognised). Accuracy: the bundled demo model on synthetic voices, whose word events are the truth. Speakers: two open
microphones that hear one another. Writes one JSON file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import material
from bench.conditions import Conditions, before, conditions
from bench.exchanges import Measured
from bench.hearing import HeardWords, Request, Sound, bare, product
from bench.measure import Child, in_child
from bench.report import Comparison, Goal, Spread, goal_for
from bench.speech_material import ROOM_S, long_talk, lopsided, mixed, repeated, short_talk, tracks
from bench.transcript_scores import Sentence, sentences_of, speaker_error, start_error, word_error_rate
from consent.records import Frozen
from demo.cast import MEETINGS
from pipeline.settings import Settings
from pipeline.transcribe.model import find_model
from videotheque.french import FrenchParser, speak_french

RESULT = Path(__file__).parent / "results" / "transcribe.json"
MODEL = Path(__file__).parents[1] / "demo" / "models" / "demo-espeak-fr"
"""The bundled one."""

MOST_COST, MOST_MEMORY, MOST_WRONG_SPEAKERS = 1.05, 0.5, 0.01
"""Goals set before anything was measured: CPU and wall, peak memory on an hour, share of words."""

_MIB = 1024**2
_BLEEDS: tuple[tuple[int, float, float | None], ...] = (
    (-12, ROOM_S, None),
    (-18, 0.2, None),
    (-24, ROOM_S, None),
    (-10, ROOM_S, 0.05),
    (-20, 0.2, 0.02),
    (-20, ROOM_S, 0.0),
)
"""Decibels, seconds later, and the young person's share of the words (None: a talk as written): rooms and networks;
talks in which both speak, one hardly does, or never."""

_EXCHANGES, _BLEED_EXCHANGES = 1, 4
"""Of each script, for accuracy: about half a minute a pair of voices; and of one script, for speakers: two minutes."""

_REPEATED_MINUTES = 5
"""Of the long file: as much is generated, and said again and again."""

NOTES = (
    "Whole processes: interpreter, imports, model loading and, for the product, its worker process are in its cost.",
    "The peer is called once on the whole file; the product cuts blocks, keeps each on the disk, sifts hallucinations.",
    "Memory is the largest single process's peak resident set.",
    "Word errors: case, signs and accents' forms do not count; « l'ami » is two words. The demo model knows only "
    "synthetic voices; its figures say nothing of a published model on people.",
    "Speaker error: share of recognised words given to a person who is silent then; words in pauses are not judged.",
)


class VoiceScore(Frozen):
    """What the demo model makes of one meeting: the voices of its two people, heard on tracks of their own."""

    voices: str
    words: int
    word_error_rate: Measured
    word_start_error_s: Measured


class BleedScore(Frozen):
    """Speakers of two microphones that hear one another: the product, and bare faster-whisper on each track."""

    bleed_db: int
    late_s: float = ROOM_S
    young_share: float | None = None
    product: Measured
    bare: Measured
    goal: Goal


class Memory(Frozen):
    """Peak memory on one long file."""

    minutes: float
    model: str
    product_mib: float
    bare_mib: float
    ratio: float
    goal: Goal


class TranscribeReport(Frozen):
    """The whole result."""

    benchmark: str
    command: str
    conditions: Conditions
    model: str
    seconds: float
    repeats: int
    cpu: Comparison
    wall_ratio: Spread
    wall_goal: Goal
    memory: Memory
    voices: tuple[VoiceScore, ...]
    all_voices: VoiceScore
    speakers: tuple[BleedScore, ...]
    notes: tuple[str, ...]


def main() -> int:
    """Run the benchmark, write its result, print its table."""
    speak_french()
    options = _parser().parse_args()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    report = run(options.minutes, options.hour, options.repeats, options.model, console.print)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(report.model_dump_json(indent=2) + "\n", "utf-8")
    console.print(_table(report))
    console.print(f"Résultat écrit dans {options.out}.")
    return 0


def run(minutes: float, hour: float, repeats: int, model: Path, told: Callable[[str], None]) -> TranscribeReport:
    """Measure everything.

    Args:
        minutes: length of the file on which costs are compared.
        hour: length, in minutes, of the file on which memory is.
        repeats: of each cost.
        model: directory of the speech model whose cost and accuracy are measured.
        told: hears one French line before each part.

    Raises:
        Failed: something that was measured ended with an error.
    """
    home = (Settings().home / "bench" / "transcribe").resolve()
    start = before()
    told(f"Coût, sur {minutes:g} minutes…")
    talk = long_talk(minutes)
    usual = mixed(home / "cost.wav", talk)
    pairs = [_both(usual, model) for _ in range(repeats)]
    told(f"Mémoire, sur {hour:g} minutes…")
    memory = _memory(home, hour)
    told("Justesse, voix par voix…")
    scored = [(_voices(number), _scored(home, number, model)) for number in range(len(MEETINGS))]
    told("Locuteurs, à micros ouverts…")
    speakers = tuple(_bleed(home, *one, model=model) for one in _BLEEDS)
    walls = Spread.of([ours.cost.wall_s / theirs.cost.wall_s for ours, theirs in pairs])
    return TranscribeReport(
        benchmark="transcribe",
        command=f"python -m bench.transcribe --minutes {minutes:g} --hour {hour:g} --repeats {repeats}",
        conditions=conditions(start),
        model=f"{model.name}, {find_model(str(model)).identity}",
        seconds=talk.truth.duration,
        repeats=repeats,
        cpu=_compared(pairs),
        wall_ratio=walls,
        wall_goal=goal_for(walls, MOST_COST),
        memory=memory,
        voices=tuple(_score(name, found) for name, found in scored),
        all_voices=_score("all", [one for _, found in scored for one in found]),
        speakers=speakers,
        notes=NOTES,
    )


Pair = tuple[Child[HeardWords], Child[HeardWords]]
"""The product's run and bare faster-whisper's, one right after the other."""


def _both(sound: Sound, model: Path) -> Pair:
    request = Request(sounds=(sound,), model=model)
    return in_child(product, request), in_child(bare, request)


def _compared(pairs: Sequence[Pair]) -> Comparison:
    ratio = Spread.of([ours.cost.cpu_s / theirs.cost.cpu_s for ours, theirs in pairs])
    return Comparison(
        name="listening",
        product="pipeline.transcribe.listening.listen",
        peer="faster_whisper.WhisperModel.transcribe, same options",
        product_cpu_s=Spread.of([ours.cost.cpu_s for ours, _ in pairs]),
        peer_cpu_s=Spread.of([theirs.cost.cpu_s for _, theirs in pairs]),
        product_wall_s=Spread.of([ours.cost.wall_s for ours, _ in pairs]),
        peer_wall_s=Spread.of([theirs.cost.wall_s for _, theirs in pairs]),
        ratio=ratio,
        goal=goal_for(ratio, MOST_COST),
    )


def _memory(home: Path, minutes: float) -> Memory:
    from tests.transcribe.whisper_model import build  # a checkout has it; so have benchmarks

    folder = (home / "random-model").resolve()
    build(folder)
    sound = repeated(home / "hour.wav", long_talk(min(minutes, _REPEATED_MINUTES)), minutes)
    ours, theirs = _both(sound, folder)
    mine, other = (one.cost.largest_process_bytes / _MIB for one in (ours, theirs))
    ratio = round(mine / other, 4)
    return Memory(
        minutes=minutes,
        model=material.RANDOM_WEIGHTS,
        product_mib=round(mine, 1),
        bare_mib=round(other, 1),
        ratio=ratio,
        goal=Goal(at_most=MOST_MEMORY, reached=ratio <= MOST_MEMORY),
    )


def _voices(number: int) -> str:
    one = MEETINGS[number].voices
    return f"{one.professional.name} and {one.young_person.name}"


def _scored(home: Path, number: int, model: Path) -> tuple[Sentence, ...]:
    talk = short_talk(number, _EXCHANGES)
    sounds = tracks(home, f"voices-{number}", talk)
    heard = in_child(product, Request(sounds=sounds, model=model)).result
    return sentences_of(talk.truth, heard.words)


def _score(name: str, found: Sequence[Sentence]) -> VoiceScore:
    return VoiceScore(
        voices=name,
        words=sum(one.tokens for one in found),
        word_error_rate=word_error_rate(found),
        word_start_error_s=start_error(found),
    )


def _bleed(home: Path, level: int, late_s: float, share: float | None, *, model: Path) -> BleedScore:
    talk = short_talk(1, _BLEED_EXCHANGES)
    if share is not None:
        talk = lopsided(talk, share)
    sounds = tracks(home, f"bleed{level}-{late_s:g}-{share}", talk, level, late_s)
    request = Request(sounds=sounds, model=model)
    ours, theirs = (speaker_error(talk.truth, in_child(job, request).result.words) for job in (product, bare))
    goal = Goal(at_most=MOST_WRONG_SPEAKERS, reached=ours.value <= MOST_WRONG_SPEAKERS)
    return BleedScore(bleed_db=level, late_s=late_s, young_share=share, product=ours, bare=theirs, goal=goal)


def _parser() -> argparse.ArgumentParser:
    parser = FrenchParser(
        prog="python -m bench.transcribe", description="Mesure la transcription à côté de faster-whisper seul."
    )
    parser.add_argument("--minutes", type=float, default=10, metavar="MIN", help="durée du fichier du coût (10)")
    parser.add_argument("--hour", type=float, default=60, metavar="MIN", help="durée du fichier de la mémoire (60)")
    parser.add_argument("--repeats", type=int, default=3, metavar="N", help="passes de la mesure du coût (3)")
    parser.add_argument("--model", type=Path, default=MODEL, metavar="DOSSIER", help="modèle de parole")
    parser.add_argument("--out", type=Path, default=RESULT, metavar="FICHIER", help="fichier JSON du résultat")
    return parser


def _table(report: TranscribeReport) -> Table:
    table = Table(title="Transcription", title_justify="left", header_style="bold")
    for heading in ("Mesure", "Trouvé", "But"):
        table.add_column(heading)

    def row(name: str, found: str, goal: Goal | None = None) -> None:
        reached = "" if goal is None else f"≤ {goal.at_most:g} : {'atteint' if goal.reached else 'manqué'}"
        table.add_row(name, found, reached)

    row("processeur, produit ÷ faster-whisper", f"{report.cpu.ratio.median:.3f}", report.cpu.goal)
    row("durée, produit ÷ faster-whisper", f"{report.wall_ratio.median:.3f}", report.wall_goal)
    row(f"mémoire sur {report.memory.minutes:g} min", f"{report.memory.ratio:.3f}", report.memory.goal)
    for one in (*report.voices, report.all_voices):
        row(f"mots faux, {one.voices}", f"{one.word_error_rate.value:.3f}")
        row(f"début des mots, {one.voices}", f"{one.word_start_error_s.value:.3f} s")
    for level in report.speakers:
        told = f"{level.product.value:.4f} (faster-whisper seul : {level.bare.value:.4f})"
        share = "" if level.young_share is None else f", jeune {level.young_share:.0%}"
        row(f"mauvais locuteur à {level.bleed_db} dB, {1000 * level.late_s:.0f} ms{share}", told, level.goal)
    return table


if __name__ == "__main__":
    raise SystemExit(main())
