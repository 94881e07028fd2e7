"""Signed personal links: one person, one recording; no account, nothing kept of their use.

A link lets its person review their clips until a date, and take their agreement back for as long as anything of them
is kept: withdrawing must be as easy as agreeing, at any time (GDPR, article 7(3)). Its token is ``payload.signature``,
both in base64url: the payload holds a kind, the opaque recording, the operator's id of the person, when it was made
and when reviewing ends; the signature is HMAC-SHA256 (RFC 2104) under a key that never leaves the keys' folder.
Whoever holds a link speaks for that person, so it is printed for the operator to hand over and is written nowhere
else; one that is lost is revoked (:mod:`consent.revocations`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, ValidationError

from consent.errors import ConsentError
from consent.records import Frozen, PersonId, RecordingId

_LEAST_KEY_BYTES = 32
"""As many as the hash gives: a shorter key would be the weakest part (RFC 2104, 3)."""

_EPOCH, _TICK = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

_LONGEST_TOKEN = 1024
"""A real one has about 200 characters; more is not worth hashing."""


class LinkRefused(ConsentError):
    """A personal link is malformed, altered or of another library: ask for a new one."""


class LinkExpired(LinkRefused):
    """A personal link no longer lets its person review; it still takes their agreement back."""


class PersonalLink(Frozen):
    """Who a link speaks for, and until when they may review by it.

    ``issued_at`` is None in a link of before links were dated.
    """

    recording_id: RecordingId
    person_id: PersonId
    expires_at: AwareDatetime
    issued_at: AwareDatetime | None = None

    def reviews_at(self, now: datetime) -> bool:
        """Whether its person may still review by it: see what is not public, approve, trim, rename."""
        return now < self.expires_at


def sign_link(link: PersonalLink, key: bytes) -> str:
    """The token of a link.

    Args:
        link: whom it speaks for.
        key: at least 32 secret bytes.
    """
    _check(key)
    issued, ends = link.issued_at, int(link.expires_at.timestamp())
    # To the microsecond: a link made right after a revocation is not the one revoked.
    dated = ["review-1"] if issued is None else ["review-2", (issued - _EPOCH) // _TICK]
    told = [dated[0], link.recording_id, link.person_id, ends, *dated[1:]]
    payload = _encoded(json.dumps(told, separators=(",", ":")).encode())
    return f"{payload}.{_signature(payload, key)}"


def read_link(token: str, key: bytes) -> PersonalLink:
    """Whom a token speaks for.

    Raises:
        LinkRefused: it was not made with this key, or was altered.
    """
    _check(key)
    payload, _, signature = token.partition(".")
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise _refused()
    # Compared before anything is read of the payload, in a time that tells nothing.
    if not hmac.compare_digest(signature, _signature(payload, key)):
        raise _refused()
    try:
        kind, recording_id, person_id, expires, *dated = json.loads(_decoded(payload))
        if (kind, len(dated)) not in (("review-1", 0), ("review-2", 1)):
            raise _refused()
        return PersonalLink(
            recording_id=recording_id,
            person_id=person_id,
            expires_at=datetime.fromtimestamp(expires, UTC),
            issued_at=_EPOCH + dated[0] * _TICK if dated else None,
        )
    except (ValueError, TypeError, binascii.Error, ValidationError) as error:
        raise _refused() from error


def _refused() -> LinkRefused:
    return LinkRefused(
        "Ce lien n'est pas valable ; vérifiez qu'il est entier, ou demandez-en un nouveau à l'équipe qui a organisé "
        "la rencontre."
    )


def _check(key: bytes) -> None:
    if len(key) < _LEAST_KEY_BYTES:
        raise ValueError("a key of at least 32 bytes is needed")


def _signature(payload: str, key: bytes) -> str:
    return _encoded(hmac.new(key, payload.encode(), hashlib.sha256).digest())


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
