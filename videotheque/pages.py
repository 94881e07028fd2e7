"""The French page: the question, the clips that answer, one clip. Rendered here, complete without JavaScript."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from consent.records import Controller
from pipeline.records import EVERYTHING, Clip, Filters, Mode
from videotheque import addresses, wording
from videotheque.parameters import DEFAULT_LIMIT, Chosen, Cursor, ModeChoice, OptionalQuestion, Seed, Shown
from videotheque.problems import Problem
from videotheque.view import LibraryView, Options

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

HOME_CLIPS = 6
"""Clips on the home page: two rows of three on a desk, and still short on a phone."""

RELATED_CLIPS = 3
"""Clips like the one watched: a row of a desk."""

SUGGESTIONS = 6
"""Beside the results: a line or two."""

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
        suggestion_kinds=wording.SUGGESTION_KINDS,
        search_url=addresses.search_url,
        switched=wording.switched,
        poster_url=addresses.poster_url,
    )
    return environment


_TEMPLATES = _environment()


def render(request: Request, template: str, status: int = 200, **context: object) -> HTMLResponse:
    """A page from its template; ``query``, ``mode`` and ``filters`` fill the search form.

    Whose site it is, and how they are reached, is on every page: it is told by the application.
    """
    desk = request.app.state.desk
    contact = Controller() if desk is None else desk.contact
    context = {"query": "", "mode": Mode.HYBRID, "filters": EVERYTHING, "contact": contact, **context}
    return HTMLResponse(_TEMPLATES.get_template(template).render(context), status)


def problem_page(request: Request, problem: Problem, query: str) -> HTMLResponse:
    """The page of an error; what the visitor had typed is still in the form."""
    return render(request, "problem.html", problem.status, problem=problem, query=query)


@router.head("/")
@router.get("/")
def search_page(
    request: Request,
    library: Shown,
    filters: Chosen,
    q: OptionalQuestion = "",
    mode: ModeChoice = Mode.HYBRID,
    hasard: Seed = "",
    suite: Cursor = None,
) -> HTMLResponse:
    """The home page, the clips that pass the filters, or the clips that answer ``q``."""
    if q:
        return _results(request, library, q, mode, filters, suite)
    found = library.explore(HOME_CLIPS if filters.is_empty else DEFAULT_LIMIT, hasard, filters)
    another = f"{(int(hasard) if hasard.isascii() and hasard.isdigit() and len(hasard) < 9 else 0) + 1}"
    return render(request, "home.html", clips=found, count=library.count(), mode=mode, filters=filters, another=another)


def _results(
    request: Request, library: LibraryView, q: str, mode: Mode, filters: Filters, cursor: str | None
) -> HTMLResponse:
    page = library.search(q, mode, DEFAULT_LIMIT, Options(filters=filters, facets=True, cursor=cursor))
    return render(
        request,
        "results.html",
        page=page,
        # Counting is only worth its cost where there is nothing else to say.
        count=0 if page.hits else library.count(),
        suggestions=library.suggest(page.understood or q, SUGGESTIONS),
        query=q,
        mode=mode,
        filters=filters,
        first=cursor is None,
    )


@router.head("/extraits/{clip_id}")
@router.get("/extraits/{clip_id}")
def clip_page(request: Request, library: Shown, clip_id: str, t: str = "") -> HTMLResponse:
    """One clip; the player starts at ``t`` seconds, or at the start where ``t`` makes no sense."""
    clip: Clip = library.clip(addresses.checked(clip_id))
    near = library.related(clip.id, RELATED_CLIPS)
    return render(request, "clip.html", clip=clip, at=_start(t, clip.duration), related=near)


def _start(text: str, duration: float) -> float:
    try:
        seconds = float(text.replace(",", "."))
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and 0 <= seconds < duration else 0.0
