"""What every answer carries, whatever it is; static files; errors that nobody foresaw."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.videotheque.html import Page
from tests.videotheque.shelf import BAKER, Shelf
from videotheque.pages import STATIC_FOLDER, STATIC_URL

EVERY_KIND = [
    "/",
    "/?q=journée",
    f"/extraits/{BAKER}",
    f"/medias/{BAKER}/video.mp4",
    "/medias/x/video.mp4",
    "/api/v1/clips?q=a",
    "/api/v1/clips",
    "/nulle-part",
    "/sante",
    "/openapi.json",
    f"{STATIC_URL}/site.css",
    f"{STATIC_URL}/absent.css",
]


@pytest.mark.parametrize("address", EVERY_KIND)
def test_every_answer_carries_the_protections(client: TestClient, address: str) -> None:
    """Content policy, no sniffing, no referrer, not to be indexed, no cookie: on pages, media, errors alike."""
    answer = client.get(address)

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers
    assert "cache-control" in answer.headers


@pytest.mark.logs_errors
@pytest.mark.parametrize(
    ("address", "content_type"),
    [
        ("/?q=secret-du-visiteur", "text/html; charset=utf-8"),
        ("/api/v1/clips?q=secret-du-visiteur", "application/problem+json"),
    ],
)
def test_an_unforeseen_error_is_calm_and_logged_without_its_text(
    client: TestClient, shelf: Shelf, caplog: pytest.LogCaptureFixture, address: str, content_type: str
) -> None:
    """A bug gives 500 with all protections; the log has the place and the type, never what the visitor typed."""
    shelf.failure = ZeroDivisionError("secret-du-visiteur / 0")

    answer = client.get(address)

    logged = caplog.text
    assert answer.status_code == 500
    assert answer.headers["content-type"] == content_type
    assert answer.headers["content-security-policy"].startswith("default-src 'self';")
    assert "Quelque chose n’a pas marché" in answer.text
    assert "ZeroDivisionError" in logged
    assert "shelf.py" in logged
    assert "secret-du-visiteur" not in logged


def test_static_files_last_and_change_address_with_their_content(client: TestClient) -> None:
    """Every static file a page names is there, may be kept for a year, and has the content's hash in its address."""
    page = Page(client.get("/").text)
    named = {
        one[name] for one in page.elements for name in ("src", "href") if "/statique/" in one.attributes.get(name, "")
    }

    answers = [client.get(address) for address in sorted(named)]

    assert len(named) == 3
    assert re.fullmatch(r"/statique/[0-9a-f]{12}", STATIC_URL)
    assert all(answer.status_code == 200 for answer in answers)
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)
    assert client.get("/statique/000000000000/site.css").status_code == 404
    assert "immutable" not in client.get(f"{STATIC_URL}/absent.css").headers["cache-control"]
    assert client.get(f"{STATIC_URL}/..%2Fapp.py").status_code == 404


def test_the_front_end_stays_small_and_self_contained() -> None:
    """Own style within 400 lines, own script within 150, and nothing is loaded from elsewhere."""
    style = (STATIC_FOLDER / "site.css").read_text("utf-8")
    script = (STATIC_FOLDER / "site.js").read_text("utf-8")

    assert len(style.splitlines()) <= 400
    assert len(script.splitlines()) <= 150
    assert not re.search(r"url\(|@import|https?:", style)
    assert not re.search(r"https?:|import\b|localStorage|cookie|innerHTML", script)
    assert ["fetch(`/api/v1/suggestions?"] == re.findall(r"fetch\([^q]*", script)  # one question, to this host


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("ink", "paper"), ("ink", "card"), ("ink", "tint"), ("ink", "chip"), ("ink", "glow"),
        ("soft", "paper"), ("soft", "card"), ("soft", "tint"), ("soft", "glow"),
        ("accent", "paper"), ("accent", "card"), ("accent", "tint"),
        ("accent-ink", "accent"), ("mark-ink", "mark"),
    ],
)  # fmt: skip
def test_colours_can_be_read(theme: str, ink: str, paper: str) -> None:
    """Every pair of colours in use has a contrast of 4.5 at least (WCAG 2.2, 1.4.3), by day and by night."""
    style = (STATIC_FOLDER / "site.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", blocks[0 if theme == "light" else 1]))

    brighter, darker = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)

    assert (brighter + 0.05) / (darker + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_site_does_not_load_prefect_nor_a_model() -> None:
    """Importing the application brings neither the flows nor a machine-learning library."""
    program = (
        "import sys, videotheque.app; "
        "print(sorted({'prefect', 'flows', 'torch', 'faiss', 'uvicorn'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert done.stdout == "[]\n"
