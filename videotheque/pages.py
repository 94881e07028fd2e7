"""The French page: the question, the clips that answer, one clip. Rendered here, complete without JavaScript."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pipeline.records import Mode
from videotheque import addresses, wording
from videotheque.parameters import DEFAULT_LIMIT, ModeChoice, OptionalQuestion, Shown
from videotheque.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HOME_CLIPS = 6
"""Clips on the home page: two rows of three on a desk, and still short on a phone."""

EXAMPLES = (
    "À quoi ressemble une journée ?",
    "Quelles études faut-il faire ?",
    "Combien gagne-t-on au début ?",
    "L’IA va-t-elle remplacer ce métier ?",
    "Qu’est-ce qui est difficile ?",
    "Comment trouver un stage ?",
)
"""Questions that visitors can ask by a click."""

STATIC_FOLDER = Path(__file__).parent / "static"


def static_version() -> str:
    """Hash of the static files: their address changes when they do."""
    digest = hashlib.sha256()
    for path in sorted(STATIC_FOLDER.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


STATIC_URL = f"/statique/{static_version()}"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        capitalise=wording.capitalised,
        duree=wording.duration,
        extrait=wording.shortened,
        horloge=wording.clock,
        instant=wording.instant,
        jour=wording.day,
        mois=wording.month,
        pourquoi=wording.reason,
        role=wording.role_name,
        surligne=wording.highlighted,
        themes=wording.shown_tags,
        tours=wording.turns,
        typo=wording.typography,
    )
    environment.globals.update(
        static=STATIC_URL,
        modes=wording.MODES,
        examples=EXAMPLES,
        counted=wording.counted,
        clip_url=addresses.clip_url,
        video_url=addresses.video_url,
        captions_url=addresses.captions_url,
        poster_url=addresses.poster_url,
    )
    return environment


_TEMPLATES = _environment()


def render(template: str, status: int = 200, **context: object) -> HTMLResponse:
    """A page from its template; ``query`` and ``mode`` fill the search form."""
    context = {"query": "", "mode": Mode.HYBRID, **context}
    return HTMLResponse(_TEMPLATES.get_template(template).render(context), status)


def problem_page(problem: Problem, query: str) -> HTMLResponse:
    """The page of an error; what the visitor had typed is still in the form."""
    return render("problem.html", problem.status, problem=problem, query=query)


@router.head("/")
@router.get("/")
def search_page(library: Shown, q: OptionalQuestion = "", mode: ModeChoice = Mode.HYBRID) -> HTMLResponse:
    """The home page, or the clips that answer ``q``."""
    if not q:
        return render("home.html", clips=library.explore(HOME_CLIPS), count=library.count(), mode=mode)
    page = library.search(q, mode, DEFAULT_LIMIT)
    # Counting is only worth its cost where there is nothing else to say.
    return render("results.html", page=page, count=0 if page.hits else library.count(), query=q, mode=mode)


@router.head("/extraits/{clip_id}")
@router.get("/extraits/{clip_id}")
def clip_page(library: Shown, clip_id: str, t: str = "") -> HTMLResponse:
    """One clip; the player starts at ``t`` seconds, or at the start where ``t`` makes no sense."""
    clip = library.clip(addresses.checked(clip_id))
    return render("clip.html", clip=clip, at=_start(t, clip.duration))


def _start(text: str, duration: float) -> float:
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and 0 <= seconds < duration else 0.0
