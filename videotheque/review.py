"""The page of a personal link: one person's own clips, to approve, refuse, trim, hide in part, or rename.

Plain forms, complete without JavaScript. The link is the only key: it is in the address, so no page of ours sends
that address on (``no-referrer`` on every answer), nothing logs it, and no answer may be kept. A decision is in force
when the page comes back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.background import BackgroundTask

from consent.links import PersonalLink
from consent.records import Purpose, Role
from pipeline.records import ClipId
from videotheque import addresses, media, plainly
from videotheque.body import limited
from videotheque.desk import Desk
from videotheque.foresight import OFFERED
from videotheque.pages import render
from videotheque.reviewed import ReviewPage
from videotheque.wishes import LEAST_KEPT_S, LONGEST_TITLE, InvalidWish
from videotheque.withdrawals import desk_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_ERASES = {"refuser", "raccourcir", "cacher", "retirer", "retirer-en-partie"}


class _Form(NamedTuple):
    """The fields of a form."""

    action: str
    clip: str
    start: str
    end: str
    title: str
    seen: str
    purposes: tuple[str, ...]


@router.head("/relecture/{token}")
@router.get("/relecture/{token}")
def review_page(request: Request, token: str, fait: str = "") -> HTMLResponse:
    """The clips of whom the link speaks for; ``fait`` names what they just did, told if it is written down."""
    desk = desk_of(request)
    link = desk.link(token)
    page, done = desk.page(link), desk.done(link, fait) if fait else None
    told = () if done is None else plainly.told(done, page.role, source_kept=desk.source_kept)
    return _page(request, desk, link, page, token, told)


@router.head("/relecture/{token}/retrait")
@router.get("/relecture/{token}/retrait")
def withdrawal_page(request: Request, token: str) -> HTMLResponse:
    """What withdrawing everything will do, as the register foresees it, and the button that does it."""
    desk = desk_of(request)
    seen = desk.foresee(desk.link(token))
    kept = desk.source_kept
    return render(
        request,
        "withdrawal.html",
        address=addresses.review_url(token),
        tu=seen.role is Role.YOUNG_PERSON,
        known=seen.known,
        everything=plainly.left(seen.now, seen.everything, seen.role, whole=True, remade=seen.remade, source_kept=kept),
        parts_left=plainly.parts_left(seen.now, seen.parts, seen.role, remade=seen.remade, source_kept=kept),
    )


@router.head("/relecture/{token}/medias/{clip_id}/{kind}")
@router.get("/relecture/{token}/medias/{clip_id}/{kind}")
def review_media(request: Request, token: str, clip_id: str, kind: str) -> Response:
    """A file of one of the person's clips, which visitors may not see yet."""
    desk = desk_of(request)
    link = desk.link(token)
    return media.answer(request, lambda clip, what: desk.media(link, clip, what), addresses.checked(clip_id), kind)


@router.post("/relecture/{token}")
async def decide(request: Request, token: str) -> Response:
    """Take a decision; the page comes back with what was done."""
    desk = desk_of(request)
    link = await run_in_threadpool(desk.link, token)
    form = await _read(request)
    try:
        done = await run_in_threadpool(_do, desk, link, form)
    except InvalidWish as problem:
        return await run_in_threadpool(_refused, request, desk, token, form.clip, str(problem))
    # Erased in a process of its own once the answer is sent: the person does not wait for the disk.
    after = BackgroundTask(desk.erase) if form.action in _ERASES else None
    address = f"{addresses.review_url(token)}?fait={done}"
    return RedirectResponse(address, status_code=303, background=after)


def _page(
    request: Request,
    desk: Desk,
    link: PersonalLink,
    page: ReviewPage,
    token: str,
    told: tuple[str, ...],
    status: int = 200,
) -> HTMLResponse:
    return render(
        request,
        "review.html",
        status,
        page=page,
        awaited=plainly.awaited,
        tu=page.role is Role.YOUNG_PERSON,
        address=addresses.review_url(token),
        told=told,
        ends=link.expires_at,
        longest_title=LONGEST_TITLE,
        least_kept=int(LEAST_KEPT_S),
        source_kept=desk.source_kept,
    )


def _refused(request: Request, desk: Desk, token: str, clip_id: str, problem: str) -> HTMLResponse:
    """The page again, with what could not be done and for which clip: there may be dozens."""
    link = desk.link(token)
    page = desk.page(link)
    title = next((one.clip.title for one in page.clips if one.clip.id == clip_id), None)
    told = f"Pour « {title} » : {problem}" if title else problem
    return _page(request, desk, link, page, token, (told,), 422)


async def _read(request: Request) -> _Form:
    said = parse_qs((await limited(request)).decode("utf-8", "replace"))
    action, clip, start, end, title, seen = (
        said.get(name, [""])[-1].strip() for name in ("action", "extrait", "debut", "fin", "titre", "vu")
    )
    return _Form(action, clip, start, end, title, seen, tuple(said.get("finalite", ())))


def _do(desk: Desk, link: PersonalLink, form: _Form) -> str:
    """Do what the form asks; the name of what was written down."""
    actions: dict[str, Callable[[ClipId], str]] = {
        "approuver": lambda clip: desk.approve(link, clip, form.seen),
        "refuser": lambda clip: desk.refuse(link, clip),
        "raccourcir": lambda clip: desk.trim(link, clip, _seconds(form.start), _seconds(form.end)),
        "cacher": lambda clip: desk.hide(link, clip, _seconds(form.start), _seconds(form.end)),
        "titre": lambda clip: desk.entitle(link, clip, form.title, form.seen),
    }
    if form.action == "retirer":
        return desk.take_back(link)
    if form.action == "retirer-en-partie":
        return desk.take_back(link, _parts(form.purposes))
    if form.action in actions:
        return actions[form.action](addresses.checked(form.clip))
    raise InvalidWish("Cette demande n’existe pas ; il faut utiliser les boutons de la page.")


def _parts(names: tuple[str, ...]) -> frozenset[Purpose]:
    """The purposes ticked; never none, which would mean all."""
    if not names or not set(names) <= {purpose.value for purpose in OFFERED}:
        raise InvalidWish("Il faut cocher au moins une case.")
    return frozenset(Purpose(name) for name in names)


def _seconds(text: str) -> float:
    """An instant as people write it: ``75``, ``75,5`` or ``1:15``."""
    minutes, colon, rest = text.replace(",", ".").rpartition(":")
    try:
        return (float(minutes) * 60 if colon else 0.0) + float(rest)
    except ValueError:
        raise InvalidWish("Un instant s’écrit en secondes (75) ou en minutes et secondes (1:15).") from None
