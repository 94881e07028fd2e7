"""Measure each stage in fresh processes, and extraction and cutting beside bare ffmpeg, repeats interleaved.

Takes a prepared library; gives :class:`bench.report.StageCost` and :class:`bench.report.Comparison` records.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import jobs, peers
from bench.jobs import Place, StageJob
from bench.measure import Child, Cost, Lap, Laps, in_child, measure
from bench.report import Comparison, Spread, StageCost, goal_for
from consent.records import Frozen
from pipeline.meeting import read_meeting
from pipeline.records import Stage

CUT_GOAL = 1.15
"""CPU of cutting ÷ CPU of one plain transcode of the same seconds: the goal set before anything was measured."""

MODEL_LOAD = "index, model load"
_MIB = 1024**2


class Taken(Frozen):
    """One repeat of one job: its lap, and its whole process."""

    lap: Lap
    cost: Cost


class Paired(Frozen):
    """Repeats of the product and of its peers, in the order taken."""

    ingest: tuple[Taken, ...]
    extraction: tuple[Taken, ...]
    bare_extraction: tuple[Cost, ...]
    render: tuple[Taken, ...]
    cutting: tuple[Taken, ...]
    transcode: tuple[Cost, ...]


class Costs(Frozen):
    """Everything measured here."""

    stages: tuple[StageCost, ...]
    comparisons: tuple[Comparison, ...]


def stage_costs(
    place: Place, untranscribed: Path, speech: str, seconds: float, repeats: int, told: Callable[[str], None]
) -> Costs:
    """Measure every stage of a prepared library.

    Args:
        place: the library, every output made.
        untranscribed: folder of the same meeting without its transcript.
        speech: what to say of the speech model.
        seconds: length of the meeting.
        repeats: of each measure.
        told: hears one French line before each part.
    """
    paired = _paired(place, repeats, told)

    def again(stage: Stage, where: Place = place) -> tuple[Child[Laps], ...]:
        told(f"Étape « {stage.french} »…")
        return tuple(in_child(jobs.stage, StageJob(place=where, stage=stage)) for _ in range(repeats))

    sidecar, segment, index = again(Stage.TRANSCRIBE), again(Stage.SEGMENT), again(Stage.INDEX)
    told("Transcription par le modèle de parole…")
    listening = _beside(place, "listening", untranscribed)
    in_child(jobs.prepare_to_transcribe, listening)
    model = again(Stage.TRANSCRIBE, listening)
    told("Construction de l'index…")
    built = tuple(in_child(jobs.generation, place) for _ in range(repeats))
    rows = (
        ("ingest", "full strict read, hash, sound of each participant, sidecar", paired.ingest),
        ("transcribe (sidecar)", "the transcript that came with the recording", _of(sidecar, Stage.TRANSCRIBE)),
        ("transcribe (model)", speech, _of(model, Stage.TRANSCRIBE)),
        ("segment", "sentences, exchanges, cuts, titles", _of(segment, Stage.SEGMENT)),
        ("render", "video, captions and poster of every clip", paired.render),
        (MODEL_LOAD, "import and load of the embedding model, once per run", _of(index, jobs.LOAD_MODEL)),
        ("index", "vectors of every clip and sentence, publication", _of(index, Stage.INDEX)),
        (
            "generation",
            "keywords and vectors of the whole library, built and made current",
            _of(built, jobs.GENERATION),
        ),
    )
    return Costs(
        stages=tuple(_stage_cost(name, what, taken, seconds) for name, what, taken in rows),
        comparisons=_comparisons(paired),
    )


def _paired(place: Place, repeats: int, told: Callable[[str], None]) -> Paired:
    """Product then peer, product then peer: what the machine does meanwhile hits both."""
    recording = place.meeting / read_meeting(place.meeting).recording
    spans = [segment.span for segment in in_child(jobs.cuts, place).result.segments]
    taken: dict[str, list[Child[Laps]]] = {"ingest": [], "extraction": [], "render": [], "cutting": []}
    bare, plain = list[Cost](), list[Cost]()
    with TemporaryDirectory(dir=place.home) as scratch:
        for number in range(1, repeats + 1):
            told(f"Son et montage, à côté de ffmpeg seul : passe {number} sur {repeats}…")
            taken["extraction"].append(in_child(jobs.extract, place))
            bare.append(measure(peers.extraction(recording, Path(scratch))))
            fresh = _beside(place, "empty", place.meeting)
            taken["ingest"].append(in_child(jobs.stage, StageJob(place=fresh, stage=Stage.INGEST)))
            taken["cutting"].append(in_child(jobs.cut_clips, place))
            plain.append(measure(peers.transcode(recording, spans, Path(scratch) / "plain.mp4")))
            taken["render"].append(in_child(jobs.stage, StageJob(place=place, stage=Stage.RENDER)))
    return Paired(
        ingest=_of(taken["ingest"], Stage.INGEST),
        extraction=_of(taken["extraction"], jobs.EXTRACT),
        bare_extraction=tuple(bare),
        render=_of(taken["render"], Stage.RENDER),
        cutting=_of(taken["cutting"], jobs.CUT),
        transcode=tuple(plain),
    )


def _comparisons(paired: Paired) -> tuple[Comparison, ...]:
    extraction, transcode = (peers.EXTRACTION, paired.bare_extraction), (peers.TRANSCODE, paired.transcode)
    return (
        _comparison("audio extraction", "ingest.audio.extract_tracks", paired.extraction, *extraction, None),
        _comparison("whole ingest beside extraction", "the ingest stage", paired.ingest, *extraction, None),
        _comparison("clip cutting", "render.cut.cut of every clip", paired.cutting, *transcode, CUT_GOAL),
        _comparison(
            "whole render beside transcode",
            "the render stage: cuts, captions, posters",
            paired.render,
            *transcode,
            None,
        ),
    )


def _comparison(
    name: str, product: str, taken: Sequence[Taken], peer: str, costs: Sequence[Cost], at_most: float | None
) -> Comparison:
    ours, theirs = Spread.of([one.lap.cpu_s for one in taken]), Spread.of([one.cpu_s for one in costs])
    ratio = Spread.of([a.lap.cpu_s / b.cpu_s for a, b in zip(taken, costs, strict=True)])
    return Comparison(
        name=name,
        product=product,
        peer=peer,
        product_cpu_s=ours,
        peer_cpu_s=theirs,
        product_wall_s=Spread.of([one.lap.wall_s for one in taken]),
        peer_wall_s=Spread.of([one.wall_s for one in costs]),
        ratio=ratio,
        goal=None if at_most is None else goal_for(ratio, at_most),
    )


def _stage_cost(name: str, what: str, taken: Sequence[Taken], seconds: float) -> StageCost:
    cpu = Spread.of([one.lap.cpu_s for one in taken])
    trees = [one.cost.tree_bytes for one in taken if one.cost.tree_bytes is not None]
    return StageCost(
        name=name,
        what=what,
        wall_s=Spread.of([one.lap.wall_s for one in taken]),
        cpu_s=cpu,
        process_cpu_s=Spread.of([one.cost.cpu_s for one in taken]),
        largest_process_mib=Spread.of([one.cost.largest_process_bytes / _MIB for one in taken]),
        tree_mib=Spread.of([size / _MIB for size in trees]) if trees else None,
        # A stage can be too short for the clock of CPU time: below a hundredth of a second it counts as that.
        media_per_cpu=None if name == MODEL_LOAD else round(seconds / max(cpu.median, 0.01), 1),
    )


def _of(children: Sequence[Child[Laps]], name: str) -> tuple[Taken, ...]:
    return tuple(Taken(lap=child.result.of(name)[0], cost=child.cost) for child in children)


def _beside(place: Place, name: str, meeting: Path) -> Place:
    """A new empty library next to the prepared one."""
    home = place.home.with_name(f"{place.home.name}-{name}")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return place.model_copy(update={"home": home, "meeting": meeting})
