"""Certificates of erasure: what was erased, how and when, signed with Ed25519, without personal data.

Takes a finished :class:`pipeline.erasure.Erasure` and the library's key; gives a JSON document that anybody checks
offline. The recording is named by its opaque id alone.
"""

from __future__ import annotations

import base64
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AwareDatetime, Field, ValidationError

from consent.heads import canonical
from consent.keys import verifies
from consent.records import Frozen, RecordingId
from pipeline.erasure import Cause, Erasure
from pipeline.errors import PipelineError
from pipeline.store import Store

_NOT_INTACT = "Ce document n'est pas un certificat d'effacement intact ; demandez de nouveau l'original."


class CertificateInvalid(PipelineError):
    """A certificate of erasure was changed, or is none."""


class CertifiedStep(Frozen):
    """A store in a certificate."""

    store: str
    """A :class:`~pipeline.erasure.Store` of the version that signed it: a certificate outlives the names of stores."""

    what: str
    erased: int
    unit: str = ""
    """What ``erased`` counts; not said before version 2."""

    detail: str
    verified_at: AwareDatetime


class Certificate(Frozen):
    """What was erased, why and when. ``recording`` is opaque; ``public_key`` and ``signature`` are base64.

    ``extent`` says whether it was all of the recording, or what part of it; not said before version 2.
    """

    version: int = 2
    erasure: str
    recording: RecordingId
    cause: Cause
    extent: str = ""
    requested_at: AwareDatetime
    completed_at: AwareDatetime
    stores: tuple[CertifiedStep, ...]
    public_key: str
    signature: str = Field("", description="Ed25519, sur le reste du document en JSON canonique.")

    def signed_bytes(self) -> bytes:
        """What the signature is on: everything else, in canonical JSON."""
        said = self.model_dump(mode="json", exclude={"signature"})
        if self.version < 2:  # what a later version says was not signed
            del said["extent"]
            for step in said["stores"]:
                del step["unit"]
        return canonical(said).encode()


def certify(job: Erasure, completed_at: datetime, key: Ed25519PrivateKey, extent: str, *, whole: bool) -> Certificate:
    """Sign the certificate of a job whose every store was verified.

    ``extent`` is a French phrase: what was to be erased. ``whole``: that is all that was made of the recording.

    Raises:
        ValueError: one was not.
    """
    if not job.verified:
        raise ValueError("a certificate waits for every store")
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    certificate = Certificate(
        erasure=job.id,
        recording=job.recording_id,
        cause=job.cause,
        extent=extent,
        requested_at=job.requested_at,
        completed_at=completed_at,
        stores=tuple(
            CertifiedStep(
                store=one.store.value,
                what=one.store.french if whole else one.store.french_part,
                erased=one.erased,
                unit=one.store.unit,
                detail=one.detail,
                verified_at=one.at,
            )
            for one in sorted(job.steps, key=lambda step: list(Store).index(step.store))
        ),
        public_key=base64.b64encode(public).decode(),
    )
    signature = base64.b64encode(key.sign(certificate.signed_bytes())).decode()
    return certificate.model_copy(update={"signature": signature})


def read_certificate(document: bytes, public_key: str | None = None) -> Certificate:
    """Read a certificate and check its signature, offline; with the library's public key, also that it signed.

    Without one, nothing is said of who signed: the key written in a document vouches for nobody.

    Raises:
        CertificateInvalid: it is none, a byte of it was changed, or another key signed it.
    """
    try:
        certificate = Certificate.model_validate_json(document)
    except ValidationError as error:
        raise CertificateInvalid(_NOT_INTACT) from error
    if not verifies(certificate.public_key, certificate.signed_bytes(), certificate.signature):
        raise CertificateInvalid(_NOT_INTACT)
    if public_key is not None and certificate.public_key != public_key:
        raise CertificateInvalid(
            "Ce certificat est signé par une autre clé que celle que vous donnez ; ne vous y fiez pas."
        )
    return certificate
