"""A Prefect server for one run: on this machine alone, and gone with the run, even by ``kill -9``.

Prefect's own temporary server outlives a killed run (seen: it stayed for good, one more at each kill), may take
the site's port, and answers Ctrl-C before the run does. This one listens on a port that the system gives, and
ends when its standard input is closed, which the system does when the run is no more.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx

from pipeline.errors import OrchestratorUnavailable

_STARTUP_SECONDS = 300.0
"""It creates its database at its first start: more than Prefect's own 20 s on a busy machine."""

_POLL_SECONDS = 0.1


@contextmanager
def temporary_server() -> Iterator[str]:
    """Address of the API of a server that lives as long as the context.

    Raises:
        OrchestratorUnavailable: it does not start.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.server", str(port)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the run, which ends the server once it has ended itself
    )
    try:
        address = f"http://127.0.0.1:{port}/api"
        _wait(address, process)
        yield address
    finally:
        process.kill()  # its database is a log, on SQLite: nothing to say goodbye to
        process.communicate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTUP_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            # No proxy of the environment may stand between the run and its own machine.
            if httpx.get(f"{address}/health", trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(_POLL_SECONDS)
    raise OrchestratorUnavailable(
        "Le serveur Prefect temporaire ne démarre pas ; vérifiez les droits et la place dans le dossier "
        "VIDEOTHEQUE_HOME, puis relancez : ce qui était produit est gardé."
    )


def main(port: int) -> None:
    """Serve until standard input is closed."""
    import uvicorn  # here, like Prefect's server, only in the server's own process

    Thread(target=_end_with_caller, name="caller", daemon=True).start()
    uvicorn.run("prefect.server.api.server:create_app", factory=True, port=port, log_level="critical", lifespan="on")


def _end_with_caller() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
