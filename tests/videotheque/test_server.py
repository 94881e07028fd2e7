"""The real server on a real socket: what is too long for most, and what is never written down."""

from __future__ import annotations

import http.client
import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn

from tests.videotheque.shelf import BAKER, Shelf
from videotheque.server import configuration


@pytest.fixture
def port(media_folder: Path) -> Iterator[int]:
    """Port of a running server, on a socket that the system gave."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(Shelf(media_folder), "127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield int(listening.getsockname()[1])
    server.should_exit = True
    thread.join()
    listening.close()


def _get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"connection": "close", **(headers or {})})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


def test_ten_thousand_emoji_get_a_french_sentence(port: int) -> None:
    """120,000 bytes of address, arriving in two parts, do not meet the server's own English refusal first."""
    head = f"GET /api/v1/clips?q={quote('🙂' * 10_000)} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
    answer = b""

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head[:100_000].encode())
        time.sleep(0.3)  # lets the server read the first part alone; without it the test could only pass
        connection.sendall(head[100_000:].encode())
        while part := connection.recv(65_536):
            answer += part

    assert answer.startswith(b"HTTP/1.1 422 ")
    assert b"application/problem+json" in answer
    assert "La question est trop longue" in answer.decode()


def test_a_video_plays_by_ranges_over_the_wire(port: int, media_folder: Path) -> None:
    """The bytes asked for arrive, and only those."""
    status, headers, body = _get(port, f"/medias/{BAKER}/video.mp4", {"range": "bytes=10-29"})

    assert status == 206
    assert body == (media_folder / "video.mp4").read_bytes()[10:30]
    assert "server" not in headers


def test_a_question_is_never_written_down(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, port: int
) -> None:
    """Neither the log nor the terminal keeps what a visitor asked."""
    caplog.set_level(logging.DEBUG)

    for path in ("/?q=question-confidentielle", "/api/v1/clips?q=question-confidentielle&mode=x"):
        _get(port, path)

    written = capfd.readouterr()
    assert "question-confidentielle" not in caplog.text + written.out + written.err
