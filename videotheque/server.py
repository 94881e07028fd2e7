"""The web server, set so that it keeps no trace of what visitors ask."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from socket import socket

import uvicorn

from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.view import LibraryView

_MAX_REQUEST_HEAD_BYTES = 256 * 1024
"""Room for a question of 10,000 emoji (12 bytes each once in an address), so that it gets our French sentence
and not the server's English refusal."""


def configuration(library: LibraryView, host: str, port: int, desk: Desk | None = None) -> uvicorn.Config:
    """How the site is served: no access log (it would hold every question), no server banner."""
    return uvicorn.Config(
        create_app(library, desk),
        host=host,
        port=port,
        http="h11",
        access_log=False,
        server_header=False,
        log_level="warning",
        h11_max_incomplete_event_size=_MAX_REQUEST_HEAD_BYTES,
        timeout_graceful_shutdown=3,
    )


class _Server(uvicorn.Server):
    """Tells when it answers: from then on, not before, an interruption is its own affair and ends it quietly."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket] | None = None) -> None:
        """Start, then tell."""
        await super().startup(sockets)
        if self.started:
            self._told()


_SWITCH_S = 0.001
"""How long a thread may compute before another has its turn: with Python's five milliseconds, an answer that waits for
its turn a few times is late while others are being searched."""

_NEW_OBJECTS = 10_000
"""How many are made before Python looks for rings among them: ten questions' worth instead of one's."""


def serve(library: LibraryView, host: str, port: int, started: Callable[[], None], desk: Desk | None = None) -> None:
    """Serve the site until interrupted; ``started`` is called once it answers."""
    sys.setswitchinterval(_SWITCH_S)
    gc.set_threshold(_NEW_OBJECTS)
    _Server(configuration(library, host, port, desk), started).run()
