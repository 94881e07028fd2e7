"""What goes wrong, as visitors and programs are told: one French sentence, a stable type, a status.

Takes any error of the library or of the web framework and gives a :class:`Problem` (RFC 9457). Operators'
sentences (with settings and causes) stay out of it: they go to the log, and queries never do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field
from starlette.exceptions import HTTPException

from consent.errors import ConsentDenied, ConsentError
from consent.links import LinkExpired, LinkRefused
from consent.records import Frozen
from pipeline.errors import IndexUnavailable, InvalidQuery, ModelUnavailable, UnknownRecording
from pipeline.validation import printable
from pipeline.withdrawal import InvalidPassage, InvalidPurpose, UnknownClip, UnknownPerson
from videotheque.body import BodyRefused
from videotheque.desk import DeskClosed, TokenRefused
from videotheque.view import ClipUnknown, ClipWithdrawn
from videotheque.wishes import InvalidWish
from videotheque.wording import typography

CONTENT_TYPE = "application/problem+json"
_TYPES = "urn:videotheque:problem:"

logger = logging.getLogger(__name__)


class Problem(Frozen):
    """A problem report (RFC 9457). ``type`` is stable; ``title`` and ``detail`` are French, for people."""

    type: str = Field(description="Stable identifier of the kind of problem.")
    title: str = Field(description="The kind of problem, in French.")
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="What happened and what to do, one French sentence.")
    parameter: str | None = Field(None, description="The query parameter to correct, where there is one.")

    def response(self, headers: Mapping[str, str] | None = None) -> Response:
        """The report as ``application/problem+json``."""
        return Response(self.model_dump_json(exclude_none=True), self.status, headers=headers, media_type=CONTENT_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI responses of a route that may answer these problem statuses."""
    content = {CONTENT_TYPE: {"schema": Problem.model_json_schema()}}
    return {status: {"description": _DOCUMENTED[status], "content": content} for status in statuses}


def problem_of(error: Exception) -> Problem:
    """Tell an error to the visitor; what the operator must know of it goes to the log."""
    if isinstance(error, InvalidQuery):
        return _problem(422, "invalid-query", "Question impossible à chercher", str(error), "q")
    if isinstance(error, RequestValidationError):
        return _invalid_parameter(error)
    if isinstance(error, InvalidWish | UnknownPerson | UnknownClip | InvalidPurpose | InvalidPassage):
        return _problem(422, "invalid-withdrawal", "Demande impossible", str(error))
    if isinstance(error, HTTPException):
        return _http(error)
    for classes, told in _TOLD:
        if isinstance(error, classes):
            if told.status >= 500:
                logger.error("%s: %s", type(error).__name__, error)
            return told
    logger.error("%s: %s", type(error).__name__, error)
    return unexpected()


def unexpected() -> Problem:
    """What is told of an error that nobody foresaw: nothing of its cause."""
    return _problem(500, "unexpected", "Erreur inattendue", _UNEXPECTED)


def _problem(status: int, kind: str, title: str, detail: str, parameter: str | None = None) -> Problem:
    named = None if parameter is None else _told(parameter)
    return Problem(type=_TYPES + kind, title=title, status=status, detail=typography(_told(detail)), parameter=named)


def _told(text: str) -> str:
    """What an answer repeats of a request: no half character, which no encoding can carry, and nothing unseen."""
    return printable(text.encode("utf-8", "replace").decode())


def _http(error: HTTPException) -> Problem:
    status = error.status_code
    if isinstance(error, BodyRefused):
        return _problem(status, "invalid-body", "Corps illisible", error.detail)
    if status == 404:
        return _problem(404, "not-found", "Page introuvable", _NOT_FOUND)
    if status == 405:
        return _problem(405, "method-not-allowed", "Méthode non admise", _METHOD)
    return _problem(status, f"http-{status}", "Demande refusée", _REFUSED)


def _invalid_parameter(error: RequestValidationError) -> Problem:
    first = error.errors()[0]
    kind, context = first["type"], first.get("ctx", {})
    if kind == "json_invalid":  # its place is a character's number, which is no parameter
        return _problem(422, "invalid-body", "Corps illisible", _NOT_JSON)
    if first["loc"] == ("body",) and kind != "value_error":
        return _problem(422, "invalid-body", "Corps illisible", _NO_OBJECT)
    # The field, not its third value; a program's own key may be as long as it likes.
    name = next((str(one) for one in reversed(first["loc"]) if isinstance(one, str)), "")[:_LONGEST_NAME]
    detail = _SENTENCES.get((name, kind), _SENTENCES.get((name, ""), _OTHER_PARAMETER))
    return _problem(422, "invalid-parameter", "Paramètre non valable", detail.format(name=name, **context), name)


_LONGEST_NAME = 80
"""Characters of a parameter's name that are repeated to who sent it."""

_DOCUMENTED = {
    401: "The token is missing or wrong.",
    403: "No token is set: withdrawals by the platform are closed.",
    404: "Nothing has that id.",
    410: "The clip was withdrawn.",
    413: "The body is longer than any order.",
    422: "A parameter is not acceptable.",
    503: "Consent cannot be checked or the index cannot be read; nothing is shown.",
}
_SENTENCES = {
    ("q", "missing"): "La question manque : ajoutez le paramètre « q ».",
    ("q", "string_too_short"): "La question est vide : écrivez au moins un mot.",
    ("q", "string_too_long"): (
        "La question est trop longue : gardez-en l’essentiel, en {max_length} caractères au plus."
    ),
    ("mode", ""): "Ce mode de recherche n’existe pas : choisissez « hybrid », « keyword » ou « semantic ».",
    ("purposes", "too_short"): (
        "« purposes » est vide : nommez au moins une finalité, ou retirez ce champ pour retirer tout l’accord."
    ),
    ("limit", ""): "Le nombre de résultats doit être un entier de 1 à 50.",
}
_NOT_JSON = "Le corps de la requête n’est pas du JSON : vérifiez les guillemets, les virgules et les accolades."
_NO_OBJECT = (
    "Le corps de la requête n’est pas un objet JSON : envoyez { … } avec l’en-tête « Content-Type: application/json »."
)
_OTHER_PARAMETER = "Le paramètre « {name} » n’est pas valable : corrigez-le ou retirez-le."
_UNKNOWN = "Aucun extrait ne correspond à cette adresse : vérifiez-la, ou repartez de la recherche."
_WITHDRAWN = (
    "Cet extrait n’est plus montré, parce que les accords nécessaires ne sont plus réunis : d’autres extraits "
    "répondent peut-être à la même question."
)
_REGISTER = (
    "Les accords des personnes filmées ne peuvent pas être vérifiés en ce moment : rien n’est montré tant que "
    "c’est le cas, réessayez dans quelques minutes."
)
_SEARCH = "La recherche ne répond pas en ce moment : réessayez dans quelques minutes."
_UNEXPECTED = "Quelque chose n’a pas marché de notre côté : réessayez dans quelques minutes."
_NOT_FOUND = "Il n’y a rien à cette adresse : vérifiez-la, ou repartez de la recherche."
_CLOSED = (
    "Les retraits par la plateforme ne sont pas ouverts : l’opérateur doit d’abord régler VIDEOTHEQUE_WITHDRAWAL_TOKEN."
)
_BEARER = "Le jeton manque ou n’est pas le bon : envoyez l’en-tête « Authorization: Bearer … »."
_MEETING = "Aucune rencontre ne porte ce nom, ou elle a déjà été effacée : vérifiez son identifiant."
_LINK = (
    "Ce lien n’est pas valable, ou a été remplacé par un autre : il faut qu’il soit entier, ou en demander un nouveau "
    "à l’équipe qui a organisé la rencontre."
)
_LINK_OVER = (
    "Ce lien ne permet plus de relire les extraits : il permet toujours de les retirer, et l’équipe qui a organisé la "
    "rencontre peut en donner un nouveau."
)
_METHOD = "Cette adresse ne se lit qu’avec GET : retirez la méthode utilisée."
_REFUSED = "Cette demande n’a pas pu être traitée : vérifiez-la, puis réessayez."
_TOLD: tuple[tuple[tuple[type[Exception], ...], Problem], ...] = (
    ((ClipUnknown,), _problem(404, "clip-unknown", "Extrait inconnu", _UNKNOWN)),
    ((ClipWithdrawn, ConsentDenied), _problem(410, "clip-withdrawn", "Extrait retiré", _WITHDRAWN)),
    ((LinkExpired,), _problem(410, "link-expired", "Lien périmé", _LINK_OVER)),
    ((LinkRefused,), _problem(403, "link-refused", "Lien non valable", _LINK)),
    ((DeskClosed,), _problem(403, "withdrawals-closed", "Retraits non ouverts", _CLOSED)),
    ((TokenRefused,), _problem(401, "token-refused", "Jeton refusé", _BEARER)),
    ((UnknownRecording,), _problem(404, "meeting-unknown", "Rencontre inconnue", _MEETING)),
    ((ConsentError,), _problem(503, "register-unavailable", "Accords impossibles à vérifier", _REGISTER)),
    (
        (IndexUnavailable, ModelUnavailable),
        _problem(503, "search-unavailable", "Recherche momentanément indisponible", _SEARCH),
    ),
)
"""Errors of the library, most precise first, and what is told of them."""
