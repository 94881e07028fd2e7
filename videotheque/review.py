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
from consent.records import Purpose
from pipeline.records import ClipId
from videotheque import addresses, media
from videotheque.body import limited
from videotheque.desk import LEAST_KEPT_S, LONGEST_TITLE, Desk, InvalidWish
from videotheque.pages import render
from videotheque.withdrawals import desk_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_DONE = {
    "approuver": "C’est noté : vous êtes d’accord pour cet extrait.",
    "refuser": "C’est fait : cet extrait n’est plus montré à personne, et il va être effacé.",
    "raccourcir": "C’est fait : l’extrait n’est plus montré. Sa version plus courte vous sera proposée demain.",
    "cacher": "C’est fait : ce passage n’est plus montré. Ce qui reste de l’extrait vous sera proposé demain.",
    "titre": "C’est fait : le titre est changé, et vous êtes d’accord pour cet extrait.",
    "retirer": "C’est fait : plus rien de cette rencontre n’est montré, et tout va être effacé.",
    "retirer-en-partie": "C’est fait : ce que vous avez retiré n’est plus montré, et va être effacé.",
}
"""What the page says after each decision."""

_ERASES = {"refuser", "raccourcir", "cacher", "retirer", "retirer-en-partie"}

_PARTS = {
    Purpose.SHOW_FACE: "qu’on voie mon visage (ou celui de mon enfant)",
    Purpose.ORIGINAL_VOICE: "qu’on entende ma voix (ou celle de mon enfant)",
    Purpose.PUBLISH: "que des extraits soient publiés",
    Purpose.CUT_AND_INDEX: "que la rencontre soit découpée en extraits",
    Purpose.TRANSCRIBE: "que ce qui est dit soit écrit",
}
"""What a person may take back by itself, in their own words: what the program acts upon at once."""


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
    """The clips of whom the link speaks for."""
    desk = desk_of(request)
    return _page(desk, desk.link(token), token, told=_DONE.get(fait, ""))


@router.head("/relecture/{token}/retrait")
@router.get("/relecture/{token}/retrait")
def withdrawal_page(request: Request, token: str) -> HTMLResponse:
    """What withdrawing everything means, and the button that does it."""
    desk = desk_of(request)
    desk.link(token)
    return render("withdrawal.html", address=addresses.review_url(token), parts=_PARTS, source_kept=desk.source_kept)


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
        await run_in_threadpool(_do, desk, link, form)
    except InvalidWish as problem:
        return await run_in_threadpool(_refused, desk, link, token, form.clip, str(problem))
    # Erased in a process of its own once the answer is sent: the person does not wait for the disk.
    after = BackgroundTask(desk.erase) if form.action in _ERASES else None
    address = f"{addresses.review_url(token)}?fait={form.action}"
    return RedirectResponse(address, status_code=303, background=after)


def _page(desk: Desk, link: PersonalLink, token: str, told: str = "", status: int = 200) -> HTMLResponse:
    return render(
        "review.html",
        status,
        page=desk.page(link),
        address=addresses.review_url(token),
        told=told,
        ends=link.expires_at,
        longest_title=LONGEST_TITLE,
        least_kept=int(LEAST_KEPT_S),
        source_kept=desk.source_kept,
    )


def _refused(desk: Desk, link: PersonalLink, token: str, clip_id: str, problem: str) -> HTMLResponse:
    """The page again, with what could not be done and for which clip: there may be dozens."""
    title = next((one.clip.title for one in desk.page(link).clips if one.clip.id == clip_id), None)
    return _page(desk, link, token, f"Pour « {title} » : {problem}" if title else problem, 422)


async def _read(request: Request) -> _Form:
    said = parse_qs((await limited(request)).decode("utf-8", "replace"))
    action, clip, start, end, title, seen = (
        said.get(name, [""])[-1].strip() for name in ("action", "extrait", "debut", "fin", "titre", "vu")
    )
    return _Form(action, clip, start, end, title, seen, tuple(said.get("finalite", ())))


def _do(desk: Desk, link: PersonalLink, form: _Form) -> None:
    actions: dict[str, Callable[[ClipId], None]] = {
        "approuver": lambda clip: desk.approve(link, clip, form.seen),
        "refuser": lambda clip: desk.refuse(link, clip),
        "raccourcir": lambda clip: desk.trim(link, clip, _seconds(form.start), _seconds(form.end)),
        "cacher": lambda clip: desk.hide(link, clip, _seconds(form.start), _seconds(form.end)),
        "titre": lambda clip: desk.entitle(link, clip, form.title, form.seen),
    }
    if form.action == "retirer":
        desk.take_back(link)
    elif form.action == "retirer-en-partie":
        desk.take_back(link, _parts(form.purposes))
    elif form.action in actions:
        actions[form.action](addresses.checked(form.clip))
    else:
        raise InvalidWish("Cette demande n’existe pas ; utilisez les boutons de la page.")


def _parts(names: tuple[str, ...]) -> frozenset[Purpose]:
    """The purposes ticked; never none, which would mean all."""
    if not names or not set(names) <= {purpose.value for purpose in _PARTS}:
        raise InvalidWish("Cochez ce que vous ne voulez plus.")
    return frozenset(Purpose(name) for name in names)


def _seconds(text: str) -> float:
    """An instant as people write it: ``75``, ``75,5`` or ``1:15``."""
    minutes, colon, rest = text.replace(",", ".").rpartition(":")
    try:
        return (float(minutes) * 60 if colon else 0.0) + float(rest)
    except ValueError:
        raise InvalidWish("Écrivez un instant en secondes (75) ou en minutes et secondes (1:15).") from None
