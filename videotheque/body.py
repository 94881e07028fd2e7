"""The body of a request that changes something: JSON read strictly, and no more of it than an order needs.

Takes the stream as it comes, gives the parsed document; what is too long, says the same thing twice, holds what no
text may hold or is no JSON is refused with one French sentence before anything is made of it.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from fastapi import HTTPException, Request

MOST_BYTES = 16 * 1024
"""A withdrawal, or a form with a title and two numbers, takes a few hundred; more is none of ours."""

MOST_DEEP = 8
"""An order is an object that holds an object; deeper is made to break a reader."""


class BodyRefused(HTTPException):
    """The body is not what an order may be; ``detail`` is one French sentence for who sent it."""


class StrictRequest(Request):
    """A request whose body is read strictly."""

    async def body(self) -> bytes:
        """The body.

        Raises:
            BodyRefused: it is too long.
        """
        if not hasattr(self, "_body"):
            self._body = await limited(self)
        return self._body

    async def json(self) -> Any:
        """The body as JSON.

        Raises:
            json.JSONDecodeError: it is none.
            BodyRefused: it is ambiguous, or made to break a reader.
        """
        return parsed(await self.body())


async def limited(request: Request) -> bytes:
    """The body of a request, read no further than :data:`MOST_BYTES`.

    Raises:
        BodyRefused: there is more.
    """
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MOST_BYTES:
            raise BodyRefused(413, f"Le corps de la requête dépasse {MOST_BYTES // 1024} Kio : raccourcissez-le.")
    return bytes(content)


def parsed(content: bytes) -> Any:
    """A JSON document in which every key is said once, every number is one, and nothing is nested without end.

    Raises:
        json.JSONDecodeError: it is no JSON, or not UTF-8.
        BodyRefused: it is ambiguous, or made to break a reader.
    """
    if _depth(content) > MOST_DEEP:
        raise BodyRefused(422, "Le corps de la requête est trop imbriqué : envoyez un simple objet JSON.")
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except json.JSONDecodeError:
        raise
    except UnicodeDecodeError as error:
        raise json.JSONDecodeError("not UTF-8", "", error.start) from None
    except ValueError:  # an integer of thousands of digits, which Python refuses to read
        raise BodyRefused(422, "Le corps de la requête contient un nombre bien trop grand : corrigez-le.") from None


def _depth(content: bytes) -> int:
    """How deep brackets are nested, those inside strings too: no document of ours comes near the limit."""
    deepest = depth = 0
    for byte in content:
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif byte in b"]}":
            depth -= 1
    return deepest


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise BodyRefused(422, "Un champ est écrit deux fois dans le corps de la requête : gardez-en un seul.")
    return told


def _no_number(text: str) -> NoReturn:
    raise BodyRefused(422, f"« {text} » n’est pas un nombre en JSON : corrigez-le.")
