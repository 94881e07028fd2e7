"""A visitor's side of a load: requests over connections that are kept, at as little cost as can be.

Takes a port of this machine; gives answers. A full client costs a core at a hundred requests a second, and looks
through all that wait at each: it would measure itself.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(NamedTuple):
    """The status, and what was said."""

    status: int
    body: bytes


class Asker:
    """Requests to one server; a new connection wherever none is free, as visitors come."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[Connection] = []

    async def get(self, path: str, limit_s: float) -> Answer:
        """Ask for a path, already quoted.

        Raises:
            OSError, EOFError: the server does not answer so (TimeoutError: in time).
        """
        async with asyncio.timeout(limit_s):
            while self._free:
                try:
                    return await self._asked(self._free.pop(), path)
                except (ConnectionError, EOFError):
                    continue  # closed by the server for want of use
            return await self._asked(await asyncio.open_connection("127.0.0.1", self._port), path)

    def close(self) -> None:
        """Leave every connection."""
        for _, writer in self._free:
            writer.close()

    async def _asked(self, connection: Connection, path: str) -> Answer:
        reader, writer = connection
        try:
            writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
            answer = Answer(int(head.split(b" ", 2)[1]), await reader.readexactly(length))
        except BaseException:  # a cancelled exchange leaves half an answer on its connection
            writer.close()
            raise
        self._free.append(connection)
        return answer
