"""A Prefect server of the benchmark's own: its database in a private folder, on a free port of this machine.

``python -m bench.server HOME PORT`` becomes the server; :func:`running_server` starts one, waits until it
answers, and leaves nothing of it behind.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.measure import Cost, Failed, plain_environment
from flows.environment import prepare_prefect

_START_LIMIT_S = 300
"""Creating its database takes a server half a minute on a busy machine."""

_STOP_LIMIT_S = 30
_HOST = "127.0.0.1"


class Server:
    """A server that answers; ``cost`` is there once it has ended."""

    def __init__(self, port: int) -> None:
        self.url = f"http://{_HOST}:{port}/api"
        self.start_s = 0.0
        self.cost: Cost | None = None


@contextmanager
def running_server(home: Path) -> Iterator[Server]:
    """Start a server whose files lie under ``home``, and stop it at the end.

    Raises:
        Failed: it ended, or did not answer within five minutes.
    """
    port = _free_port()
    server, written, log = Server(port), home / "server-cost.json", home / "server.log"
    home.mkdir(parents=True, exist_ok=True)
    written.unlink(missing_ok=True)
    watch = Path(__file__).with_name("watch.py")
    command = [sys.executable, "-I", "-S", str(watch), str(written), sys.executable, "-m", "bench.server"]
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, str(home), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=plain_environment(),
            start_new_session=True,
        )
    try:
        _wait_until_it_answers(process, server, started, log)
        server.start_s = time.monotonic() - started
        yield server
    finally:
        _stop(process)
    if not written.exists():
        raise Failed("the Prefect server had to be killed; what it cost is unknown")
    server.cost = Cost.model_validate_json(written.read_bytes())


def _wait_until_it_answers(process: subprocess.Popen[bytes], server: Server, started: float, log: Path) -> None:
    while time.monotonic() < started + _START_LIMIT_S:
        if process.poll() is not None:
            raise Failed(f"the Prefect server ended with {process.returncode}; see {log}")
        try:
            if httpx.get(f"{server.url}/health", timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise Failed("the Prefect server did not answer")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: the watcher lets the signal pass, waits for the server and writes its cost."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            os.killpg(process.pid, sign)
        try:
            process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            continue
        break


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((_HOST, 0))
        return int(one.getsockname()[1])


def main(arguments: list[str]) -> None:
    """Become a Prefect server with our environment: never returns."""
    home, port = arguments
    prepare_prefect(Path(home))
    command = ["prefect", "server", "start", "--host", _HOST, "--port", port]
    os.execv(sys.executable, [sys.executable, "-m", *command])  # noqa: S606 - replaced by it, so that it gets our signals


if __name__ == "__main__":
    main(sys.argv[1:])
