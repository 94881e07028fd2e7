"""The platform's door: ``POST /api/v1/withdrawals``, authenticated by one token, closed where none is set.

Takes who withdraws what; answers once it is suppressed: the very next request for it, anywhere, is refused. What is
due is then erased in a process of its own.
"""

from __future__ import annotations

from typing import Annotated, Self, cast

from fastapi import APIRouter, BackgroundTasks, Header, Request
from pydantic import Field, model_validator

from consent.records import Frozen, Span
from pipeline.records import ClipId
from videotheque.desk import Desk, DeskClosed
from videotheque.problems import documented

router = APIRouter(prefix="/api/v1", tags=["withdrawals"])


class WithdrawalOrder(Frozen):
    """What is withdrawn: everything by default; else one clip or one passage, some purposes, or those of that place."""

    meeting: str = Field(min_length=1, max_length=100, description="The operator's id of the meeting, or its own.")
    person: str = Field(min_length=1, max_length=100, description="Pseudonym in meeting.json, or role.")
    purposes: tuple[str, ...] = Field((), max_length=20)
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


@router.post("/withdrawals", summary="Withdraw an agreement", responses=documented(401, 403, 404, 422, 503))
def withdraw(
    request: Request,
    order: WithdrawalOrder,
    background: BackgroundTasks,
    authorization: Annotated[str, Header(max_length=500)] = "",
) -> WithdrawalReceipt:
    """Suppress at once what somebody no longer agrees to, then erase it."""
    desk = desk_of(request)
    desk.authenticate(authorization)
    clip = ClipId(order.clip) if order.clip else None
    done = desk.withdraw(order.meeting, order.person, list(order.purposes), clip, order.passage)
    background.add_task(desk.erase)
    return WithdrawalReceipt(
        meeting=order.meeting, clips=done.clips, still_shown=done.still_shown, erasure=done.erasure_id
    )
