"""Signed personal links: one person, one recording, until a date; no account, nothing kept of their use.

A link's token is ``payload.signature``, both in base64url: the payload holds a purpose, the opaque recording, the
person's pseudonym and the end; the signature is HMAC-SHA256 (RFC 2104) under a key that never leaves the keys'
folder. Whoever holds a link speaks for that person, so it is printed for the operator to hand over and is written
nowhere else.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from datetime import UTC, datetime

from pydantic import AwareDatetime, ValidationError

from consent.errors import ConsentError
from consent.records import Frozen, PersonId, RecordingId

_LEAST_KEY_BYTES = 32
"""As many as the hash gives: a shorter key would be the weakest part (RFC 2104, 3)."""

_LONGEST_TOKEN = 1024
"""A real one has about 200 characters; more is not worth hashing."""


class LinkRefused(ConsentError):
    """A personal link is malformed, altered or of another library: ask for a new one."""


class LinkExpired(LinkRefused):
    """A personal link was true and its time is over: ask for a new one."""


class PersonalLink(Frozen):
    """Who a link speaks for, and until when."""

    recording_id: RecordingId
    person_id: PersonId
    expires_at: AwareDatetime


def sign_link(link: PersonalLink, key: bytes) -> str:
    """The token of a link.

    Args:
        link: whom it speaks for.
        key: at least 32 secret bytes.
    """
    _check(key)
    payload = _encoded(
        json.dumps(
            ["review-1", link.recording_id, link.person_id, int(link.expires_at.timestamp())], separators=(",", ":")
        ).encode()
    )
    return f"{payload}.{_signature(payload, key)}"


def read_link(token: str, key: bytes, now: datetime) -> PersonalLink:
    """Whom a token speaks for.

    Raises:
        LinkRefused: it was not made with this key, or was altered.
        LinkExpired: it was, and its time is over.
    """
    _check(key)
    payload, _, signature = token.partition(".")
    if len(token) > _LONGEST_TOKEN or not token.isascii():
        raise _refused()
    # Compared before anything is read of the payload, in a time that tells nothing.
    if not hmac.compare_digest(signature, _signature(payload, key)):
        raise _refused()
    try:
        kind, recording_id, person_id, expires = json.loads(_decoded(payload))
        link = PersonalLink(
            recording_id=recording_id, person_id=person_id, expires_at=datetime.fromtimestamp(expires, UTC)
        )
    except (ValueError, TypeError, binascii.Error, ValidationError) as error:
        raise _refused() from error
    if kind != "review-1":
        raise _refused()
    if now >= link.expires_at:
        raise LinkExpired("Ce lien n'est plus valable ; demandez-en un nouveau à l'équipe qui a organisé la rencontre.")
    return link


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
