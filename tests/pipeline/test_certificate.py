"""Certificates of erasure: signed by the key that the library publishes, and checked against it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from consent.keys import Signer
from consent.records import RecordingId
from pipeline.certificate import CertificateInvalid, certify, read_certificate
from pipeline.erasure import Cause, Erasure, ErasureStep, StepState, Store
from pipeline.keys import LibraryKeys
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
    return certify(JOB, AT, LibraryKeys(keys).for_certificates()).model_dump_json().encode()


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
