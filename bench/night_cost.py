"""Measure what Prefect adds: a private server beside a night of reused recordings, and the same without Prefect.

Takes a prepared library; gives one :class:`bench.report.Orchestration`. The operator's own Prefect, its server
and its database are not touched.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

from bench import prefect_cost
from bench.jobs import Place
from bench.measure import Lap, Laps, in_child, plain_environment
from bench.prefect_cost import PrefectJob
from bench.report import Orchestration, Overhead, Spread, goal_for
from bench.server import running_server

GOAL_S = 2.0
"""Wall seconds that Prefect may add to a recording beside a running server: set before anything was measured."""

RECORDINGS = 10
"""Recordings of the night: enough for the flow's own start to be a small part of each one's share."""

AT_LEAST = 7
"""Repeats, however few are asked for: these laps last about a second of wall time, which anything disturbs."""

_MIB = 1024**2


def orchestration_cost(place: Place, repeats: int, told: Callable[[str], None]) -> Orchestration:
    """Measure a night of :data:`RECORDINGS`, a night of one, and what is paid once.

    Raises:
        Failed: the server did not start, or a night ended with an error.
    """
    home = place.home.with_name(f"{place.home.name}-prefect")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    job = PrefectJob(place=place, recordings=RECORDINGS, repeats=max(repeats, AT_LEAST))
    told("Prefect : démarrage d'un serveur privé…")
    with running_server(home / "server") as server:
        told(f"Prefect : nuits de {RECORDINGS} rencontres et d'une seule, avec et sans lui…")
        client = plain_environment(PREFECT_HOME=str(home / "client"), PREFECT_API_URL=server.url)
        laps = in_child(prefect_cost.beside_a_server, job, client).result
    told("Prefect : sans serveur, il en démarre un temporaire…")
    alone = in_child(prefect_cost.without_a_server, job, plain_environment(PREFECT_HOME=str(home / "alone"))).result
    if server.cost is None:
        raise RuntimeError("the server has ended without its cost")
    return Orchestration(
        night=_overhead(laps, RECORDINGS, prefect_cost.NIGHT, prefect_cost.NIGHT_PLAIN),
        single=_overhead(laps, 1, prefect_cost.SINGLE, prefect_cost.SINGLE_PLAIN),
        import_s=_wall(laps.of(prefect_cost.IMPORT)),
        first_flow_s=_wall(laps.of(prefect_cost.FIRST)),
        empty_flow_s=_wall(laps.of(prefect_cost.EMPTY)),
        server_start_s=round(server.start_s, 2),
        server_cpu_s=round(server.cost.cpu_s, 2),
        server_mib=round(server.cost.largest_process_bytes / _MIB, 1),
        temporary_server_s=round(alone.of(prefect_cost.TEMPORARY)[0].wall_s, 2),
    )


def _overhead(laps: Laps, recordings: int, orchestrated: str, plain: str) -> Overhead:
    with_prefect, without = laps.of(orchestrated), laps.of(plain)
    pairs = list(zip(with_prefect, without, strict=True))
    each = Spread.of([(a.wall_s - b.wall_s) / recordings for a, b in pairs])
    return Overhead(
        recordings=recordings,
        with_prefect_wall_s=_wall(with_prefect),
        without_wall_s=_wall(without),
        per_recording_wall_s=each,
        per_recording_cpu_s=Spread.of([(a.cpu_s - b.cpu_s) / recordings for a, b in pairs]),
        goal=goal_for(each, GOAL_S),
    )


def _wall(laps: Sequence[Lap]) -> Spread:
    return Spread.of([lap.wall_s for lap in laps])
