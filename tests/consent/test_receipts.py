"""Receipts, a person's file and the record of processing: complete, true to the register, and checkable offline."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest

from consent.database import Database
from consent.dossier import file_of, processing_record
from consent.errors import ProofInvalid
from consent.notices import CURRENT, notice_for
from consent.policy import Guardians, strict
from consent.receipts import STATES, Receipt, UnknownPerson, check_receipt, make_receipt
from consent.records import AgeBand, Controller, EventKind, PersonId, Purpose, RecordingId, Role, Scope, Span
from consent.register import Register
from consent.vault import Identity
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock

CONTROLLER = Controller(name="Association Exemple", address="1 rue de l'Exemple, 75001 Paris", contact="dpo@exemple.fr")

SCHEMA = {
    "type": "object",
    "required": [
        "@context", "schema_version", "receipt_id", "record_id", "pii_principal_id", "language", "jurisdiction",
        "storage_location", "recipients", "retention", "withdrawal_method", "parties", "processing", "notices",
        "events", "policy",
    ],
    "properties": {
        "schema_version": {"const": "dpv-27560:receipt-eu-gdpr"},
        "parties": {
            "minItems": 2,
            "items": {"required": ["party_id", "type"]},
            "contains": {
                "required": ["name", "address", "contact"],
                "properties": {"type": {"const": "dpv:DataController"}, "name": {"type": "string", "minLength": 1}},
            },
        },
        "processing": {
            "minItems": 1,
            "items": {
                "required": ["purpose", "personal_data", "legal_basis", "operation", "state", "since", "valid_until"],
                "properties": {"state": {"pattern": "^dpv:"}, "operation": {"pattern": "^dpv:"}},
            },
        },
        "events": {"minItems": 1, "items": {"required": ["state", "event_id", "indicated_at", "recorded_at"]}},
        "notices": {"items": {"required": ["version", "sha256"]}},
    },
}  # fmt: skip
"""The mandatory fields of ISO/IEC TS 27560:2023, as the W3C's guide lists them."""


@pytest.fixture
def spoken(register: Register) -> Register:
    """Both agreed to everything after reading our notice; the young person then took the face back."""
    read = {"notice_version": CURRENT, "language": "fr", "channel": "web", "evidence_sha256": "0" * 64}
    both = [given_by(one).model_copy(update=read) for one in (PRO, YOUNG)]
    register.declare(RECORDING, [PRO, YOUNG], both)
    register.withdraw(RECORDING, YOUNG.id, frozenset({Purpose.SHOW_FACE}))
    return register


def test_a_receipt_has_every_mandatory_field(spoken: Register) -> None:
    """Header, parties, processing, notices, events: nothing that the standard asks for is left out."""
    receipt = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id)

    jsonschema.validate(json.loads(receipt.model_dump_json())["statement"], SCHEMA)
    assert CONTROLLER.name in receipt.model_dump_json()


def test_a_receipt_says_the_state_of_each_purpose_and_the_notice_that_was_read(spoken: Register) -> None:
    """The state is that of the person's last word; the notice's hash is that of the text shown to their role."""
    statement = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id).statement
    states = {one["purpose"]: one["state"] for one in statement["processing"]}
    shown = notice_for(Role.YOUNG_PERSON, CURRENT)

    assert set(states) == {purpose.value for purpose in Purpose}
    assert states["show_face"] == "dpv:ConsentWithdrawn"
    assert {states[one] for one in states if one != "show_face"} == {"dpv:ConsentGiven"}
    assert shown is not None
    assert statement["notices"] == [{"version": CURRENT, "language": "fr", "sha256": shown.sha256}]
    assert [one["state"] for one in statement["events"]] == ["dpv:ConsentGiven", "dpv:ConsentWithdrawn"]


@pytest.mark.parametrize(
    ("version", "language", "known"),
    [("2026-11-2", "fr", True), (CURRENT, None, True), (CURRENT, "en", False), ("notre-notice-3", "fr", False)],
)
def test_a_receipt_never_gives_the_hash_of_a_text_that_was_not_read(
    register: Register, version: str, language: str | None, known: bool
) -> None:
    """Of an earlier version, its own; of another language, or an operator's own notice, none; nor in the file."""
    read = {"notice_version": version, "language": language}
    register.declare(RECORDING, [PRO, YOUNG], [given_by(one).model_copy(update=read) for one in (PRO, YOUNG)])
    shown = notice_for(Role.YOUNG_PERSON, version)

    (told,) = make_receipt(register, CONTROLLER, RECORDING, YOUNG.id).statement["notices"]

    assert (version, language) == (told["version"], told["language"])
    assert told["sha256"] == (shown.sha256 if known and shown is not None else None)
    assert [told["sha256"]] * known == [
        one.sha256 for one in file_of(register, CONTROLLER, RECORDING, YOUNG.id).notices
    ]


def test_a_receipt_does_not_guess_which_text_somebody_undeclared_read(spoken: Register) -> None:
    """Nobody knows any more in which role they read it."""
    spoken.declare(RECORDING, [PRO], [given_by(PRO)])

    (told,) = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id).statement["notices"]

    assert (CURRENT, None) == (told["version"], told["sha256"])


def test_a_part_taken_back_is_an_exception_to_the_agreement(register: Register) -> None:
    """The agreement to the whole stands, and says but for which clip or seconds."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    register.withdraw(RECORDING, YOUNG.id, scope=Scope(passages=(Span(start=61.5, end=90),)))

    told = make_receipt(register, Controller(), RECORDING, YOUNG.id).statement["processing"]

    states = {one["purpose"]: (one["state"], one["except_for"]) for one in told}
    assert states["publish"] == ("dpv:ConsentGiven", ["61,5-90 s"])
    assert states["record"] == ("dpv:ConsentGiven", [])


@pytest.mark.parametrize(
    ("late", "state"), [(EventKind.GIVEN, "dpv:ConsentWithdrawn"), (EventKind.REFUSED, "dpv:ConsentRefused")]
)
def test_what_comes_late_with_an_older_date_is_told_as_the_rules_take_it(
    register: Register, late: EventKind, state: str
) -> None:
    """A yes of before the withdrawal, entered after it, gives nothing back; a no that comes late is a no."""
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    if late is EventKind.GIVEN:
        register.withdraw(RECORDING, YOUNG.id)
    register.append(given_by(YOUNG, "late", MORNING - timedelta(days=30)).model_copy(update={"kind": late}))

    statement = make_receipt(register, Controller(), RECORDING, YOUNG.id).statement

    assert not register.decide(RECORDING, [Purpose.PUBLISH]).allowed
    assert {state} == {one["state"] for one in statement["processing"]}
    assert statement["recipients"] == []


def test_an_agreement_that_ran_out_is_told_as_expired(spoken: Register, clock: Clock) -> None:
    """A receipt made after the term does not say that the consent stands."""
    clock.now += spoken.policy.validity.longest + timedelta(days=1)

    statement = make_receipt(spoken, CONTROLLER, RECORDING, PRO.id).statement

    assert {one["state"] for one in statement["processing"]} == {"dpv:ConsentExpired"}


def test_a_receipt_is_checked_without_the_library(spoken: Register) -> None:
    """Its own signature, the signed head and the way up the tree are enough; our key says that it is ours."""
    content = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id).model_dump_json(indent=1).encode()

    receipt = check_receipt(content, spoken.ledger.signer.public_key)

    assert [one.seq for one in receipt.entries] == [3, 4]
    assert receipt.head.size == 4


def test_a_receipt_of_which_one_byte_changed_is_refused(spoken: Register) -> None:
    """Each byte that says something counts: whatever is changed, the receipt is refused."""
    content = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id).model_dump_json().encode()
    kept = 0
    for place in range(0, len(content), 97):
        changed = bytearray(content)
        changed[place] ^= 1
        try:
            check_receipt(bytes(changed))
        except ProofInvalid:
            continue
        kept += 1

    assert kept == 0


def test_an_entry_that_is_not_in_the_register_is_refused(spoken: Register, tmp_path: Path, clock: Clock) -> None:
    """Even our own signature does not make an entry that the tree has not; nor is another's receipt ours."""
    receipt = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id)
    invented = receipt.entries[0].model_copy(update={"entry": receipt.entries[0].entry.replace("given", "taken")})
    forged = receipt.model_copy(update={"entries": (invented, receipt.entries[1])})
    signed = forged.model_copy(update={"signature": spoken.ledger.signer.sign(forged.message)})
    other = Register(Database(tmp_path / "other" / "o.sqlite3"), clock)

    with pytest.raises(ProofInvalid, match="n'est pas dans le registre"):
        check_receipt(signed.model_dump_json().encode())
    with pytest.raises(ProofInvalid, match="autre vidéothèque"):
        check_receipt(receipt.model_dump_json().encode(), other.ledger.signer.public_key)
    with pytest.raises(ProofInvalid, match="pas un reçu"):
        check_receipt(b"{}")


def test_a_receipt_speaks_of_one_person(spoken: Register) -> None:
    """Neither the other's pseudonym nor anybody's name is in it."""
    spoken.identify(RECORDING, Identity(person_id=PRO.id, name="Claire Zyx"))
    receipt = make_receipt(spoken, CONTROLLER, RECORDING, YOUNG.id)
    with spoken.database.reading() as connection:
        people = spoken.vault.of(connection, [RECORDING])
    (pro,) = (name for name, identity in people.items() if identity.person_id == PRO.id)

    assert pro not in receipt.model_dump_json()
    assert "Zyx" not in receipt.model_dump_json()
    assert PRO.id not in [one["party_id"] for one in receipt.statement["parties"]]


def test_nobody_gets_a_receipt_for_somebody_unknown_or_erased(spoken: Register) -> None:
    """Unknown people have none; after the erasure nobody has: the certificate takes its place."""
    for recording, person in ((RECORDING, PersonId("inconnu")), (RecordingId("rec-ffffffffffffffff"), PRO.id)):
        with pytest.raises(UnknownPerson, match="ne tient rien"):
            make_receipt(spoken, CONTROLLER, recording, person)
    spoken.forget_people(RECORDING)
    with pytest.raises(UnknownPerson):
        make_receipt(spoken, CONTROLLER, RECORDING, PRO.id)


def test_every_kind_of_event_has_its_word() -> None:
    """The vocabulary's states cover all that the register can hold."""
    assert set(STATES) == set(EventKind)


def test_a_persons_file_holds_what_is_theirs_alone(spoken: Register) -> None:
    """Their identity, their words, the notice they read, what it allows; nothing of the other."""
    spoken.identify(RECORDING, Identity(person_id=YOUNG.id, name="Malik", contacts=("malik@exemple.fr",)))
    spoken.identify(RECORDING, Identity(person_id=PRO.id, name="Claire Zyx"))

    file = file_of(spoken, CONTROLLER, RECORDING, YOUNG.id)

    assert (file.identity.name, file.identity.contacts) == ("Malik", ("malik@exemple.fr",))
    assert {event.person_id for event in file.events} == {YOUNG.id}
    assert [notice.audience for notice in file.notices] == ["jeune"]
    assert not file.shown
    assert "Zyx" not in file.model_dump_json()
    assert f'"{PRO.id}"' not in file.model_dump_json()
    assert isinstance(file.receipt, Receipt)


def test_the_record_of_processing_counts_and_names_nobody(spoken: Register) -> None:
    """Each purpose with its basis, its data and how many recordings it is allowed for now."""
    record = processing_record(spoken, CONTROLLER)
    allowed = {one.purpose: one.recordings_allowed for one in record.activities}

    assert record.categories_of_persons == {"jeune": 1, "professionnel": 1}
    assert (allowed["publish"], allowed["show_face"]) == (1, 0)
    assert record.ledger_size == 4
    assert RECORDING not in record.model_dump_json()


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_notice_that_says_what_is_kept_shown_and_how_to_undo_it(role: Role) -> None:
    """The current notice exists for each role, with its version, and says the four things it must."""
    notice = notice_for(role, CURRENT)

    assert notice is not None
    assert f"Notice {CURRENT}" in notice.text
    for word in ("montre", "gard", "cinq ans", "effac", "CNIL"):
        assert word in notice.text
    assert notice_for(role, "1999-01") is None
    assert notice_for(role, None) is None


def test_notices_say_what_the_policy_and_the_program_do() -> None:
    """Who must agree at 15, that "face only" takes every clip away, and what a "no" does not do yet."""
    young, guardian = (notice_for(role, CURRENT) for role in (Role.YOUNG_PERSON, Role.GUARDIAN))
    assert young is not None
    assert guardian is not None
    asked = {purpose: strict().guardians_for(AgeBand.FROM_15_TO_17, purpose) for purpose in Purpose}

    assert {Purpose.RECORD, Purpose.TRANSCRIBE, Purpose.CUT_AND_INDEX} == {
        purpose for purpose, guardians in asked.items() if guardians is Guardians.NONE
    }
    assert "tu décides sans eux pour enregistrer, écrire et découper" in " ".join(young.text.split())
    assert "si tu as moins\nde 18 ans" not in young.text
    assert "votre enfant décide sans vous d'enregistrer, de transcrire et de découper" in " ".join(
        guardian.text.split()
    )
    for role in (Role.YOUNG_PERSON, Role.GUARDIAN, Role.PROFESSIONAL):
        notice = notice_for(role, CURRENT)
        assert notice is not None
        for word in ("**tous les extraits**", "aucun", "sous-titres", "même si", "« [nom] »", "trente jours"):
            assert word in " ".join(notice.text.split())


def test_somebody_who_walks_in_reads_a_notice_of_their_own() -> None:
    """Neither the professional's words nor their trade; receipts of the first version still hash what was read then."""
    walked_in, professional = notice_for(Role.THIRD_PARTY, CURRENT), notice_for(Role.PROFESSIONAL, CURRENT)

    assert walked_in is not None
    assert professional is not None
    assert walked_in.text != professional.text
    assert "Vous n'aviez rien demandé" in walked_in.text
    assert notice_for(Role.THIRD_PARTY, "2026-11") == notice_for(Role.PROFESSIONAL, "2026-11")
