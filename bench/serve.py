"""``python -m bench.serve``: the real server under a steady load, with a new index and withdrawals in the middle.

Starts ``videotheque serve`` on a library of consented clips made of our own French texts, asks it real questions at a
fixed rate (each at its own instant, whether or not the former ones were answered), swaps the index at a third of the
time and withdraws meetings one after the other from the half on. What is told: latencies from the instant a question
was due, processor time of the server, errors, and withdrawn clips that an answer to a question asked after the
withdrawal still held (there must be none).
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np

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


@dataclass
class Tally:
    """What the load measured so far. ``gone`` tells when each clip's withdrawal had returned."""

    latencies: list[float] = field(default_factory=list)
    lateness: list[float] = field(default_factory=list)
    errors: int = 0
    served_after: int = 0
    generations: set[str] = field(default_factory=set)
    gone: dict[str, float] = field(default_factory=dict)


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
                tally, cpu = asyncio.run(_load(options, port, home, entries, next_one, server.pid))
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
        withdrawn_clips=len(tally.gone),
        withdrawn_clips_served=tally.served_after,
    )
    replace_synced(options.result, (report.model_dump_json(indent=1) + "\n").encode())
    print(report.model_dump_json(indent=1, exclude={"conditions"}))
    return 0 if not report.errors and not report.withdrawn_clips_served else 1


async def _load(
    options: object, port: int, home: Path, entries: list[Entry], next_one: Manifest, pid: int
) -> tuple[Tally, float]:
    rate, seconds = float(getattr(options, "rate", 0)), float(getattr(options, "seconds", 0))
    tally, asked = Tally(), questions()
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=_ANSWER_LIMIT_S) as client:
        _told("le service démarre…")
        await _until_it_answers(client)
        _told(f"{int(rate * seconds)} questions en {seconds:g} s…")
        for question in asked[:30]:
            params = {"q": question, "mode": getattr(options, "mode", "hybrid")}
            await client.get("/api/v1/clips", params=params, timeout=_START_LIMIT_S)
        spent, begun = _cpu_s(pid), time.monotonic() + 0.5
        tasks = [
            asyncio.create_task(_ask(client, asked[number % len(asked)], options, begun + number / rate, tally))
            for number in range(int(rate * seconds))
        ]
        change = asyncio.create_task(asyncio.to_thread(_change, options, home, entries, next_one, begun, tally))
        await asyncio.gather(*tasks)
        cpu = _cpu_s(pid) - spent
        await change
    return tally, cpu


async def _ask(client: httpx.AsyncClient, question: str, options: object, due: float, tally: Tally) -> None:
    await asyncio.sleep(max(0.0, due - time.monotonic()))
    sent = time.monotonic()
    try:
        answer = await client.get(
            "/api/v1/clips", params={"q": question, "mode": getattr(options, "mode", "hybrid"), "limit": 10}
        )
        found = answer.raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        tally.errors += 1
        return
    tally.latencies.append(time.monotonic() - due)
    tally.lateness.append(sent - due)
    tally.generations.add(found["generation"])
    ids = [item["id"] for item in found["items"]]
    tally.served_after += sum(one in tally.gone and tally.gone[one] < sent for one in ids)


def _change(options: object, home: Path, entries: list[Entry], next_one: Manifest, begun: float, tally: Tally) -> None:
    """A new generation, built before, at a third of the time; from the half on, one withdrawal after the other."""
    seconds = float(getattr(options, "seconds", 0))
    time.sleep(max(0.0, begun + seconds / 3 - time.monotonic()))
    swap(home, next_one)
    time.sleep(max(0.0, begun + seconds / 2 - time.monotonic()))
    catalogue = open_catalogue(home)
    erasures = ErasureBook(catalogue.database, catalogue.register.clock)
    by_recording: dict[RecordingId, list[str]] = {}
    for entry in entries:
        by_recording.setdefault(entry.clip.recording_id, []).append(entry.clip.id)
    wanted = list(by_recording)[: int(getattr(options, "withdrawals", 0))]
    for recording_id in wanted:
        meeting = catalogue.meeting(recording_id)
        withdraw(catalogue, erasures, meeting, PersonId("jeune"), Channel.OPERATOR)
        tally.gone.update(dict.fromkeys(by_recording[recording_id], time.monotonic()))
        time.sleep(seconds / 3 / max(1, len(wanted)))


async def _until_it_answers(client: httpx.AsyncClient) -> None:
    limit = time.monotonic() + _START_LIMIT_S
    while time.monotonic() < limit:
        try:
            (await client.get("/sante")).raise_for_status()
            return
        except httpx.HTTPError:
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
