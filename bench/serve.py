"""``python -m bench.serve``: the real server under a steady load, with a new index and withdrawals in the middle.

Starts ``videotheque serve`` on a library of consented clips made of our own French texts, asks it real questions at a
fixed rate (each at its own instant, whether or not the former ones were answered), swaps the index at a third of the
time and withdraws meetings one after the other from the half on. What is told: latencies from the instant a question
was due, processor time of the server, errors, and withdrawn clips that an answer to a question asked after the
withdrawal still held (there must be none).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np

from bench.asker import Asker
from bench.conditions import Conditions, before, conditions
from bench.measure import plain_environment
from bench.shelf import built, fill, open_catalogue, questions, swap
from consent.records import Frozen, PersonId, RecordingId
from pipeline.erasure import ErasureBook
from pipeline.index.embed import BUNDLED, load_embedder
from pipeline.index.entries import Entry
from pipeline.index.manifest import Manifest
from pipeline.outputs import replace_synced
from pipeline.withdrawal import Channel, withdraw
from videotheque.french import FrenchParser, speak_french

RESULT = Path(__file__).with_name("results") / "serve.json"
_START_LIMIT_S = 300
"""Starting, and loading the model for the first question, on a busy machine."""

_ANSWER_LIMIT_S = 10
"""A visitor has left by then: an error, and the end of the measurement on a machine that cannot keep up."""

_WARM = 30
"""Questions asked before the load: a server that just started still opens its index."""

_CHANGER_START_S = 5.0
"""For the process that changes things to start before the first question is due."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Latency(Frozen):
    """Milliseconds from the instant a question was due to the end of its answer."""

    p50_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float


class ServeReport(Frozen):
    """What was asked, and what came of it. ``lateness_p99_ms`` is the asker's own: what it could not send in time."""

    conditions: Conditions
    notes: tuple[str, ...]
    clips: int
    mode: str
    rate: float
    seconds: float
    asked: int
    errors: int
    latency: Latency
    lateness_p99_ms: float
    server_cpu_s: float
    server_cpu_ms_a_question: float
    swapped_generations: int
    withdrawn_clips: int
    withdrawn_clips_served: int


Gone = dict[str, float]
"""When each withdrawn clip's withdrawal had returned, on the clock that all processes of a machine share."""


@dataclass
class Tally:
    """What the load measured: seconds, and of each answer when it was asked for and the clips in it."""

    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    errors: int = 0
    generations: set[str] = field(default_factory=set)
    answers: list[tuple[float, list[str]]] = field(default_factory=list)

    def served_after(self, gone: Gone) -> int:
        """Clips in answers to questions asked after their withdrawal had returned."""
        return sum(gone[one] < sent for sent, ids in self.answers for one in ids if one in gone)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the result."""
    speak_french()
    parser = FrenchParser(prog="bench.serve", description="Le vrai service, sous une charge régulière.")
    parser.add_argument("--clips", type=int, default=2000, help="extraits de la bibliothèque")
    parser.add_argument("--rate", type=float, default=100.0, help="questions par seconde")
    parser.add_argument("--seconds", type=float, default=60.0, help="durée de la charge")
    parser.add_argument("--withdrawals", type=int, default=100, help="rencontres retirées pendant la charge")
    parser.add_argument("--mode", default="hybrid", help="hybrid, keyword ou semantic")
    parser.add_argument("--result", type=Path, default=RESULT, help="fichier JSON à écrire")
    options = parser.parse_args(arguments)
    start = before()
    embedder = load_embedder(BUNDLED)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        entries = fill(home, options.clips, embedder, _told)
        _told("deux générations de l'index…")
        swap(home, built(home, entries, embedder))
        next_one = built(home, entries[:-1], embedder)
        port = _free_port()
        command = [sys.executable, "-m", "videotheque", "serve", "--port", str(port)]
        environment = plain_environment(VIDEOTHEQUE_HOME=folder)
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
            try:
                tally, cpu, gone = asyncio.run(_load(options, port, home, entries, next_one, server.pid))
            finally:
                server.terminate()
    if not tally.latencies:
        raise TimeoutError("the server answered no question in time")
    times = np.percentile(np.asarray(tally.latencies) * 1000, [50, 95, 99, 100]).round(2)
    report = ServeReport(
        conditions=conditions(start),
        notes=(
            "The asker is a process of the same machine.",
            "No media is served: search answers only.",
            "Every clip was approved by both; the generation that is swapped in was built before the load.",
            "Five clips a meeting; no more of them, so that filling the library takes under a minute.",
            "A withdrawal is the product's own: register, publication and request for erasure in one transaction.",
        ),
        clips=options.clips,
        mode=options.mode,
        rate=options.rate,
        seconds=options.seconds,
        asked=len(tally.latencies) + tally.errors,
        errors=tally.errors,
        latency=Latency(p50_ms=times[0], p95_ms=times[1], p99_ms=times[2], worst_ms=times[3]),
        lateness_p99_ms=float(np.percentile(np.asarray(tally.lateness) * 1000, 99).round(2)),
        server_cpu_s=round(cpu, 2),
        server_cpu_ms_a_question=round(1000 * cpu / max(1, len(tally.latencies)), 3),
        swapped_generations=len(tally.generations) - 1,
        withdrawn_clips=len(gone),
        withdrawn_clips_served=tally.served_after(gone),
    )
    replace_synced(options.result, (report.model_dump_json(indent=1) + "\n").encode())
    print(report.model_dump_json(indent=1, exclude={"conditions"}))
    return 0 if not report.errors and not report.withdrawn_clips_served else 1


async def _load(
    options: Namespace, port: int, home: Path, entries: list[Entry], next_one: Manifest, pid: int
) -> tuple[Tally, float, Gone]:
    tally, asker = Tally(), Asker(port)
    paths = [f"/api/v1/clips?{urlencode({'q': one, 'mode': options.mode, 'limit': 10})}" for one in questions()]
    _told("le service démarre…")
    await _until_it_answers(asker)
    for path in paths[:_WARM]:
        await asker.get(path, _START_LIMIT_S)
    _told(f"{int(options.rate * options.seconds)} questions en {options.seconds:g} s…")
    spent, begun = _cpu_s(pid), time.monotonic() + _CHANGER_START_S
    # In a process of its own: what a withdrawal computes must not hold the asker back.
    with ProcessPoolExecutor(1, get_context("spawn")) as elsewhere:
        plan = _Plan(home, next_one, begun, options.seconds, _withdrawn(entries, options.withdrawals))
        change = asyncio.get_running_loop().run_in_executor(elsewhere, _change, plan)
        tasks = [
            asyncio.create_task(_ask(asker, paths[number % len(paths)], begun + number / options.rate, tally))
            for number in range(int(options.rate * options.seconds))
        ]
        await asyncio.gather(*tasks)
        cpu, gone = _cpu_s(pid) - spent, await change
    asker.close()
    return tally, cpu, gone


async def _ask(asker: Asker, path: str, due: float, tally: Tally) -> None:
    await asyncio.sleep(max(0.0, due - time.monotonic()))
    sent = time.monotonic()
    try:
        status, body = await asker.get(path, _ANSWER_LIMIT_S)
    except (OSError, EOFError):
        tally.errors += 1
        return
    if status != HTTPStatus.OK:
        tally.errors += 1
        return
    tally.latencies.append(time.monotonic() - due)
    tally.lateness.append(sent - due)
    found = json.loads(body)
    tally.generations.add(found["generation"])
    tally.answers.append((sent, [item["id"] for item in found["items"]]))


def _withdrawn(entries: Sequence[Entry], count: int) -> dict[RecordingId, list[str]]:
    """The meetings that are withdrawn, with their clips."""
    clips: dict[RecordingId, list[str]] = {}
    for entry in entries:
        clips.setdefault(entry.clip.recording_id, []).append(entry.clip.id)
    return dict(list(clips.items())[:count])


class _Plan(NamedTuple):
    """What changes during the load: the generation to swap in, the meetings to withdraw with their clips."""

    home: Path
    next_one: Manifest
    begun: float
    seconds: float
    meetings: dict[RecordingId, list[str]]


def _change(plan: _Plan) -> Gone:
    """A new generation, built before, at a third of the time; from the half on, one withdrawal after the other."""
    catalogue = open_catalogue(plan.home)
    erasures = ErasureBook(catalogue.database, catalogue.register.clock)
    gone: Gone = {}
    time.sleep(max(0.0, plan.begun + plan.seconds / 3 - time.monotonic()))
    swap(plan.home, plan.next_one)
    for number, (recording_id, clips) in enumerate(plan.meetings.items()):
        due = plan.begun + plan.seconds * (1 / 2 + number / len(plan.meetings) / 3)
        time.sleep(max(0.0, due - time.monotonic()))
        withdraw(catalogue, erasures, catalogue.meeting(recording_id), PersonId("jeune"), Channel.OPERATOR)
        gone.update(dict.fromkeys(clips, time.monotonic()))
    return gone


async def _until_it_answers(asker: Asker) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        try:
            if (await asker.get("/sante", _START_LIMIT_S)).status == HTTPStatus.OK:
                return
        except (OSError, EOFError):
            pass
        await asyncio.sleep(0.2)
    raise TimeoutError("the server did not answer")


def _told(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _cpu_s(pid: int) -> float:
    """Processor seconds that a process has used, all its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
