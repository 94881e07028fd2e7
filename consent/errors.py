"""Errors of the consent package.

::

    ConsentError              the register or the rules cannot let this go on
    ├── ConsentDenied         the rules say no (carries the Decision, with its reasons)
    ├── RegisterUnavailable   the register cannot be read or written: nothing is served, nothing runs
    │   └── KeysUnusable      a key, or the list of withdrawals beside the keys, cannot be read or is damaged
    ├── InvalidPolicy         the file that says who must agree is unreadable or incomplete
    └── ProofInvalid          a head, a receipt or a key is not what it claims to be
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consent.records import Decision


class ConsentError(Exception):
    """Base of every consent error; its text is one French sentence for the operator."""


class ConsentDenied(ConsentError):
    """The rules deny what was asked. Ask the persons named by ``decision.reasons``."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        super().__init__(decision.explanation)


class RegisterUnavailable(ConsentError):
    """The register cannot be opened, read or written: check the data home, its rights and the disk."""


class KeysUnusable(RegisterUnavailable):
    """The keys' folder cannot be read or written, or a file in it is damaged: restore it from its own copy."""


class InvalidPolicy(ConsentError):
    """A policy file is unreadable, incomplete or says what no policy may say: start again from the program's own."""


class ProofInvalid(ConsentError):
    """A signed document was changed, cut or signed by somebody else: do not rely on it."""
