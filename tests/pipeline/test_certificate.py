"""Certificates of erasure: signed by the key that the library publishes, and checked against it."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.heads import canonical
from consent.keys import Signer
from consent.records import RecordingId
from pipeline.certificate import CertificateInvalid, certify, read_certificate
from pipeline.erasure import Cause, Erasure, ErasureStep, StepState
from pipeline.keys import LibraryKeys
from pipeline.store import Store
from videotheque.cli import main

AT = datetime(2026, 5, 1, 8, tzinfo=UTC)
JOB = Erasure(
    id="eff-0123456789abcdef",
    recording_id=RecordingId("rec-0123456789abcdef"),
    cause=Cause.WITHDRAWAL,
    requested_at=AT,
    steps=tuple(ErasureStep(store=store, state=StepState.VERIFIED, attempts=1, erased=1, at=AT) for store in Store),
)


def _signed(keys: Path) -> bytes:
    key = LibraryKeys(keys).for_certificates()
    return certify(JOB, AT, key, "toute la rencontre", whole=True).model_dump_json().encode()


def test_a_certificate_of_before_is_still_read(tmp_path: Path) -> None:
    """Version 1 said neither how much of the recording went nor what is counted: its signature holds without them."""
    key = LibraryKeys(tmp_path).for_certificates()
    written = certify(JOB, AT, key, "", whole=True).model_dump(mode="json", exclude={"extent", "signature"})
    written |= {"version": 1, "stores": [{**one} for one in written["stores"]]}
    for one in written["stores"]:
        del one["unit"]
    signature = base64.b64encode(key.sign(canonical(written).encode())).decode()

    read = read_certificate(json.dumps({**written, "signature": signature}).encode(), Signer(tmp_path).public_key)

    assert (1, "") == (read.version, read.extent)


def test_a_certificate_of_a_part_claims_nothing_of_what_stays(tmp_path: Path) -> None:
    """The sounds and the transcription are still there: they are not named among what is erased."""
    key = LibraryKeys(tmp_path).for_certificates()

    part = certify(JOB, AT, key, "les extraits retirés ; le reste demeure", whole=False)

    told = {Store(one.store): one.what for one in part.stores}
    assert "transcription" not in " ".join(told.values())
    assert "de ce qui est retiré" in told[Store.OUTPUTS]


def test_a_certificate_is_signed_with_the_ledgers_key(tmp_path: Path) -> None:
    """The public key that the library publishes checks it."""
    document = _signed(tmp_path)

    assert JOB.id == read_certificate(document, Signer(tmp_path).public_key).erasure


def test_a_certificate_signed_by_somebody_else_is_refused_under_our_key(tmp_path: Path) -> None:
    """Intact by its own key, which vouches for nobody; refused by the key that is known."""
    forged = _signed(tmp_path / "elsewhere")

    assert JOB.id == read_certificate(forged).erasure
    with pytest.raises(CertificateInvalid, match="autre clé"):
        read_certificate(forged, Signer(tmp_path).public_key)


def test_the_command_says_whether_the_key_was_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a known key, that nothing says who signed; with it, that it is the one; with another, a refusal."""
    file = tmp_path / "certificat.json"
    file.write_bytes(_signed(tmp_path))
    keys = [[], ["--key", Signer(tmp_path).public_key], ["--key", Signer(tmp_path / "other").public_key]]

    told = [(main(["certificate", str(file), *key]), " ".join("".join(capsys.readouterr()).split())) for key in keys]

    assert [0, 0, 1] == [status for status, _ in told]
    assert "rien ne dit qui a signé" in told[0][1]
    assert "par la clé que vous donnez" in told[1][1]
    assert "autre clé" in told[2][1]
