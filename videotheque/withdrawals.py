"""The platform's door: ``POST /api/v1/withdrawals``, authenticated by one token, closed where none is set.

Takes who withdraws what; answers once it is suppressed: the very next request for it, anywhere, is refused. What is
due is then erased in a process of its own.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, Self, cast

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.routing import APIRoute
from pydantic import AfterValidator, Field, model_validator

from consent.records import Frozen, Span
from pipeline.records import ClipId
from videotheque.body import StrictRequest
from videotheque.desk import Desk, DeskClosed
from videotheque.problems import documented


class _Guarded(APIRoute):
    """A route that looks at the token before it reads the body: who has none learns nothing of what it would take."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            desk_of(request).authenticate(request.headers.get("authorization", ""))
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded


router = APIRouter(prefix="/api/v1", tags=["withdrawals"], route_class=_Guarded)

_TOKEN = {"name": "authorization", "in": "header", "required": True, "schema": {"type": "string"}}


def _plain(text: str) -> str:
    """A name without what no name holds: half characters (lone surrogates), NUL and other control characters."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError("characters that no name holds")
    return text


Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
"""A name as a program writes it; NUL is no text for PostgreSQL, and half a character for nobody."""


class WithdrawalOrder(Frozen):
    """What is withdrawn: everything by default; else one clip or one passage, some purposes, or those of that place."""

    meeting: Name = Field(description="The operator's id of the meeting, or its own.")
    person: Name = Field(description="Pseudonym in meeting.json, or role.")
    # Empty is refused: a program that found no purpose to name must not take back everything.
    purposes: tuple[Name, ...] = Field(
        default_factory=tuple, min_length=1, max_length=20, description="Left out: every purpose."
    )
    clip: str | None = Field(None, pattern=r"^clip-[0-9a-f]{20}$")
    passage: Span | None = Field(None, description="Seconds of the recording.")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if self.clip is not None and self.passage is not None:
            raise ValueError("clip, passage: one of them at most")
        return self


class WithdrawalReceipt(Frozen):
    """What was done. ``clips`` are gone as of now; ``erasure`` names the job that erases what is left of them."""

    meeting: str
    clips: tuple[ClipId, ...]
    still_shown: bool = Field(description="Whether anything of the meeting may still be shown.")
    erasure: str


def desk_of(request: Request) -> Desk:
    """The desk that the application was created with.

    Raises:
        DeskClosed: it was created without one.
    """
    desk = getattr(request.app.state, "desk", None)
    if desk is None:
        raise DeskClosed
    return cast("Desk", desk)


@router.post(
    "/withdrawals",
    summary="Withdraw an agreement",
    responses=documented(401, 403, 404, 413, 422, 503),
    openapi_extra={"parameters": [_TOKEN]},
)
def withdraw(request: Request, order: WithdrawalOrder, background: BackgroundTasks) -> WithdrawalReceipt:
    """Suppress at once what somebody no longer agrees to, then erase it."""
    desk = desk_of(request)
    clip = ClipId(order.clip) if order.clip else None
    done = desk.withdraw(order.meeting, order.person, list(order.purposes), clip, order.passage)
    background.add_task(desk.erase)
    return WithdrawalReceipt(
        meeting=order.meeting, clips=done.clips, still_shown=done.still_shown, erasure=done.erasure_id
    )
