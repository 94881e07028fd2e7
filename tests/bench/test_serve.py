"""The load: what counts as a withdrawn clip served, and an asker that keeps its connections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bench.asker import Answer, Asker
from bench.serve import Tally


def test_a_withdrawn_clip_counts_only_in_answers_asked_for_later() -> None:
    """An answer under way when the withdrawal returned is none of them."""
    tally = Tally(answers=[(1.0, ["a", "b"]), (3.0, ["a", "b"]), (5.0, ["a"])])

    assert 2 == tally.served_after({"a": 2.0, "b": 4.0})
    assert 0 == tally.served_after({})


@asynccontextmanager
async def served(answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """A server's port; its connections are all closed at the end."""
    under_way: list[asyncio.Task[None]] = []

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer(reader, writer)
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(
        lambda *pair: under_way.append(asyncio.get_running_loop().create_task(one(*pair))), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*under_way)


def test_the_asker_asks_again_over_the_same_connection() -> None:
    """A new one only where none is free, or where the server has closed the one that was."""
    opened: list[int] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        opened.append(1)
        while path := (await reader.readline()).split(b" ")[1:2]:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            if path == [b"/last"]:
                return

    async def load() -> list[Answer]:
        async with served(answer) as port:
            asker = Asker(port)
            answers = [await asker.get(path, 5) for path in ("/a", "/b", "/last", "/c")]
            asker.close()
        return answers

    assert [Answer(200, b"ok")] * 4 == asyncio.run(load())
    assert 2 == len(opened)


def test_what_is_never_answered_is_told_in_time() -> None:
    """A server that listens and says nothing."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async def load() -> None:
        async with served(silent) as port:
            await Asker(port).get("/", 0.05)

    with pytest.raises(TimeoutError):
        asyncio.run(load())
