"""The clips' files over HTTP: ranges, conditional requests, and the gate before each."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.videotheque.shelf import BAKER, REGISTER_LOST, Shelf
from videotheque.view import MediaKind

VIDEO = f"/medias/{BAKER}/video.mp4"


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        (MediaKind.VIDEO, "video/mp4"),
        (MediaKind.CAPTIONS, "text/vtt; charset=utf-8"),
        (MediaKind.POSTER, "image/jpeg"),
    ],
)
def test_a_file_is_served_whole(client: TestClient, media_folder: Path, kind: MediaKind, content_type: str) -> None:
    """Each file comes byte for byte, with its type, offers ranges and asks to be checked before each use."""
    answer = client.get(f"/medias/{BAKER}/{kind.value}")

    assert answer.status_code == 200
    assert answer.content == (media_folder / kind.value).read_bytes()
    assert answer.headers["content-type"] == content_type
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("bytes=0-99", 0, 100), ("bytes=500-", 500, None), ("bytes=-300", -300, None)]
)
def test_a_range_gives_those_bytes(
    client: TestClient, media_folder: Path, asked: str, start: int, end: int | None
) -> None:
    """A first part, a rest and a suffix are answered with 206, the exact bytes and where they are."""
    whole = (media_folder / "video.mp4").read_bytes()

    answer = client.get(VIDEO, headers={"range": asked})

    expected = whole[start:end]
    first = start % len(whole)
    assert answer.status_code == 206
    assert answer.content == expected
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(expected) - 1}/{len(whole)}"


def test_a_range_beyond_the_end_is_refused(client: TestClient, media_folder: Path) -> None:
    """A range that starts after the last byte gets 416 and the file's real size."""
    size = (media_folder / "video.mp4").stat().st_size

    answer = client.get(VIDEO, headers={"range": f"bytes={size}-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{size}"


@pytest.mark.parametrize("asked", ["bytes=abc", "lines=1-2", "bytes", "bytes=--", "bytes=1-2;drop"])
def test_a_range_that_makes_no_sense_is_ignored(client: TestClient, media_folder: Path, asked: str) -> None:
    """As RFC 9110 has it, a Range that cannot be understood gives the whole file."""
    answer = client.get(VIDEO, headers={"range": asked})

    assert answer.status_code == 200
    assert answer.content == (media_folder / "video.mp4").read_bytes()


def test_head_tells_the_size_without_the_bytes(client: TestClient, media_folder: Path) -> None:
    """HEAD answers as GET would, with no body."""
    answer = client.head(VIDEO)

    assert answer.status_code == 200
    assert answer.headers["content-length"] == str((media_folder / "video.mp4").stat().st_size)
    assert answer.content == b""


def test_a_known_file_is_not_sent_again_but_the_gate_is_asked(client: TestClient, shelf: Shelf) -> None:
    """If-None-Match on the current file gets 304, after a new check of consent."""
    first = client.get(VIDEO)
    asked_before = shelf.media_asked

    again = client.get(VIDEO, headers={"if-none-match": f'"other", W/{first.headers["etag"]}'})
    by_date = client.get(VIDEO, headers={"if-modified-since": first.headers["last-modified"]})
    other = client.get(VIDEO, headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert by_date.status_code == 304
    assert other.status_code == 200
    assert shelf.media_asked == asked_before + 3


@pytest.mark.parametrize("kind", MediaKind)
@pytest.mark.parametrize("headers", [{}, {"range": "bytes=0-9"}, {"if-none-match": "*"}, {"if-none-match": "the-etag"}])
def test_a_withdrawn_clip_is_gone_at_the_next_request(
    client: TestClient, shelf: Shelf, kind: MediaKind, headers: dict[str, str]
) -> None:
    """After a withdrawal no file is served: whole, by range, nor by confirming a copy that is current."""
    address = f"/medias/{BAKER}/{kind.value}"
    first = client.get(address)
    current = {name: first.headers["etag"] if value == "the-etag" else value for name, value in headers.items()}
    shelf.withdrawn.add(BAKER)

    answer = client.get(address, headers=current)

    assert first.status_code == 200
    assert answer.status_code == 410
    assert first.content not in answer.content
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_file_erased_after_the_gate_opened_is_gone(client: TestClient, shelf: Shelf) -> None:
    """When the withdrawal erases the file between the check and its reading, the answer is 410, not an error."""
    shelf.erased.add(BAKER)

    answer = client.get(VIDEO)

    assert answer.status_code == 410


@pytest.mark.logs_errors
def test_without_the_register_no_file_is_served(client: TestClient, shelf: Shelf) -> None:
    """When consent cannot be checked, the answer is 503 even to a current copy."""
    etag = client.get(VIDEO).headers["etag"]
    shelf.failure = REGISTER_LOST

    answers = [client.get(VIDEO), client.get(VIDEO, headers={"if-none-match": etag})]

    assert [answer.status_code for answer in answers] == [503, 503]


@pytest.mark.parametrize(
    "address",
    [
        f"/medias/{BAKER}/output.json",
        f"/medias/{BAKER}/..%2Fcaptions.vtt",
        "/medias/..%2F..%2Fetc/video.mp4",
        "/medias/clip-0000000000000000000z/video.mp4",
        f"/medias/{BAKER.upper()}/video.mp4",
        "/medias/clip-99999999999999999999/video.mp4",
    ],
)
def test_only_a_clips_own_files_have_an_address(client: TestClient, address: str) -> None:
    """Nothing but the three files of a known clip can be read, whatever is written in the address."""
    answer = client.get(address)

    assert answer.status_code == 404
