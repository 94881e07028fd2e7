"""What the register holds about one person, and the record of processing activities (GDPR articles 15, 20, 30).

Takes a register; gives frozen records to print as JSON. A person's file opens their own sealed identity and nobody
else's; the record of processing holds counts and no person at all.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import select

from consent.ledger import entries
from consent.notices import Notice, notices_read
from consent.purposes import PUBLICATION
from consent.receipts import DATA, DPV_PURPOSES, Receipt, make_receipt
from consent.records import (
    PART,
    ConsentEvent,
    Controller,
    Frozen,
    Party,
    PersonId,
    Purpose,
    RecordingId,
)
from consent.register import Register
from consent.vault import Identity


class PersonsFile(Frozen):
    """Everything held about one person of one recording, for them: who they are to us, what they said, what it does.

    The others' answers are theirs: of them, only whether something of the recording may be shown now, and until when.
    """

    made_at: AwareDatetime
    recording_id: RecordingId
    identity: Identity
    party: Party | None
    events: tuple[ConsentEvent, ...]
    notices: tuple[Notice, ...]
    shown: bool
    shown_until: AwareDatetime | None
    receipt: Receipt


class Activity(Frozen):
    """One purpose of the record of processing: on what data, on what basis, and how many agree now."""

    purpose: str
    description: str
    operation: str
    personal_data: str
    legal_basis: str
    recordings_allowed: int


class ProcessingRecord(Frozen):
    """The record of processing activities, as article 30 lists it. Empty fields are the controller's to fill in."""

    made_at: AwareDatetime
    controller: Controller
    categories_of_persons: dict[str, int]
    recordings: int
    activities: tuple[Activity, ...]
    recipients: tuple[str, ...]
    transfers_outside_the_union: str
    retention: str
    security: tuple[str, ...]
    policy_version: str
    policy_sha256: str
    ledger_size: int


def file_of(register: Register, controller: Controller, recording_id: RecordingId, person_id: PersonId) -> PersonsFile:
    """The file of one person.

    Raises:
        UnknownPerson: the register holds nothing about them.
    """
    receipt = make_receipt(register, controller, recording_id, person_id)
    with register.database.reading() as connection:
        people = register.vault.of(connection, [recording_id])
    party = next((one for one in register.parties(recording_id) if one.id == person_id), None)
    events = tuple(event for event in register.history(recording_id) if event.person_id == person_id)
    shown = register.decide(recording_id, PUBLICATION, PART)
    return PersonsFile(
        made_at=register.clock(),
        recording_id=recording_id,
        identity=next(one for one in people.values() if one.person_id == person_id),
        party=party,
        events=events,
        notices=tuple(dict.fromkeys(filter(None, notices_read(events, party).values()))),
        shown=shown.allowed,
        shown_until=shown.valid_until,
        receipt=receipt,
    )


def processing_record(register: Register, controller: Controller) -> ProcessingRecord:
    """The record of processing, counted on the register as it is now."""
    with register.database.reading() as connection:
        ids = list(connection.execute(select(entries.c.recording_id).distinct()).scalars())
    recordings = [RecordingId(one) for one in sorted(ids)]
    people: Counter[str] = Counter()
    allowed: Counter[Purpose] = Counter()
    for recording_id in recordings:
        people.update(party.role.french for party in register.parties(recording_id))
        decisions = register.decide_each(recording_id, {purpose: [purpose] for purpose in Purpose}, PART)
        allowed.update(purpose for purpose, decision in decisions.items() if decision.allowed)
    head = register.ledger.head()
    return ProcessingRecord(
        made_at=register.clock(),
        controller=controller,
        categories_of_persons=dict(sorted(people.items())),
        recordings=len(recordings),
        activities=tuple(_activity(purpose, allowed[purpose]) for purpose in Purpose),
        recipients=("le public de la vidéothèque, pour les extraits publiés", "l'opérateur, pour le reste"),
        transfers_outside_the_union="aucun par le programme ; à compléter selon l'hébergement",
        retention=(
            f"tant que les accords durent, {register.policy.validity.longest_days} jours au plus ; le registre "
            "pseudonyme reste, comme preuve"
        ),
        security=(
            "identités chiffrées, une clé par personne, détruite à l'effacement",
            "registre en ajout seul, chaîné et signé (RFC 6962, Ed25519)",
            "décision refaite à chaque étape, à la publication et à chaque réponse",
        ),
        policy_version=register.policy.version,
        policy_sha256=register.policy.sha256,
        ledger_size=0 if head is None else head.size,
    )


def _activity(purpose: Purpose, allowed: int) -> Activity:
    told: dict[str, Any] = {
        "purpose": purpose.value,
        "description": purpose.french,
        "operation": DPV_PURPOSES[purpose],
        "personal_data": DATA.get(purpose, "l'image, la voix et les paroles de la rencontre"),
        "legal_basis": "consentement (RGPD, article 6.1.a)",
        "recordings_allowed": allowed,
    }
    return Activity(**told)
