"""Receipts: what one person said about one recording, in a form that they can keep and anybody can check.

ISO/IEC TS 27560:2023 gives the sections (header, processing, parties, events), the W3C's Data Privacy Vocabulary the
words, JSON-LD the form. A receipt carries the entries' own bytes with their way up the ledger's Merkle tree and the
signed head, and is itself signed (Ed25519): both are checked without the database, from the public key alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import AwareDatetime, Field, ValidationError
from sqlalchemy import select

from consent import merkle
from consent.errors import ConsentError, ProofInvalid
from consent.heads import Head, canonical
from consent.holdings import Held, held_of
from consent.keys import verifies
from consent.ledger import entries, entry_bytes
from consent.notices import notices_read
from consent.records import (
    PART,
    ConsentEvent,
    Controller,
    EventKind,
    Frozen,
    Obstacle,
    Party,
    PersonId,
    Purpose,
    RecordingId,
    Role,
)
from consent.register import Register
from consent.standing import Standing, Standings

SCHEMA = "dpv-27560:receipt-eu-gdpr"
"""The profile of receipts in the W3C's guide to ISO/IEC TS 27560."""

CONTEXT = {"dpv": "https://w3id.org/dpv#", "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#"}

STATES = {
    EventKind.REQUESTED: "dpv:ConsentRequested",
    EventKind.GIVEN: "dpv:ConsentGiven",
    EventKind.RENEWED: "dpv:RenewedConsentGiven",
    EventKind.REFUSED: "dpv:ConsentRefused",
    EventKind.WITHDRAWN: "dpv:ConsentWithdrawn",
    EventKind.EXPIRED: "dpv:ConsentExpired",
    EventKind.INVALIDATED: "dpv:ConsentInvalidated",
}
"""The vocabulary's words for what happened."""

_AGREED = (STATES[EventKind.GIVEN], STATES[EventKind.RENEWED])

DATA = {
    Purpose.SHOW_FACE: "le visage",
    Purpose.ORIGINAL_VOICE: "la voix",
    Purpose.SHOW_FIRST_NAME: "le prénom",
    Purpose.SHOW_ORGANISATION: "l'établissement ou l'entreprise",
}
"""The personal data on which a purpose bears; all others bear on the whole."""

_EVERYTHING_SAID = "l'image, la voix et les paroles de la rencontre"

DPV_PURPOSES = {
    Purpose.RECORD: "dpv:Record",
    Purpose.TRANSCRIBE: "dpv:Transform",
    Purpose.CUT_AND_INDEX: "dpv:Structure",
    Purpose.PUBLISH: "dpv:MakeAvailable",
    Purpose.SHOW_FACE: "dpv:Display",
    Purpose.ORIGINAL_VOICE: "dpv:Display",
    Purpose.SHOW_FIRST_NAME: "dpv:Display",
    Purpose.SHOW_ORGANISATION: "dpv:Display",
    Purpose.SEARCH_ENGINES: "dpv:DiscloseByTransmission",
    Purpose.SOCIAL_REDISTRIBUTION: "dpv:Disseminate",
    Purpose.RETAIN_SOURCE: "dpv:Store",
    Purpose.AI_TRAINING: "dpv:Use",
}
"""The vocabulary's word for what is done to the data under each purpose."""


class UnknownPerson(ConsentError):
    """The register holds nothing about that person of that recording: check the id, or it was erased."""


class Entry(Frozen):
    """One entry of the ledger about this person: its own bytes, and its way up the tree."""

    seq: int = Field(ge=1)
    entry: str
    path: tuple[str, ...]


class Receipt(Frozen):
    """A receipt as it is handed over: the statement, its proof, and a signature over both."""

    statement: dict[str, Any]
    entries: tuple[Entry, ...]
    head: Head
    public_key: str
    signature: str

    @property
    def message(self) -> bytes:
        """What is signed."""
        return canonical(self.model_dump(mode="json", exclude={"signature"})).encode()


class Processing(Frozen):
    """One purpose, as the receipt tells it: the state of the person's agreement, and on what it bears.

    ``except_for`` are the clips and passages that they took back from an agreement to the whole.
    """

    purpose: str
    description: str
    operation: str
    personal_data: str
    legal_basis: Literal["eu-gdpr:A6-1-a"] = "eu-gdpr:A6-1-a"
    state: str
    since: AwareDatetime | None
    valid_until: AwareDatetime | None
    except_for: tuple[str, ...] = ()


def make_receipt(register: Register, controller: Controller, recording_id: RecordingId, person_id: PersonId) -> Receipt:
    """The receipt of one person for one recording, as things stand now.

    Raises:
        UnknownPerson: the register holds nothing about them.
    """
    with register.database.reading() as connection:
        people = register.vault.of(connection, [recording_id])
        own = [name for name, identity in people.items() if identity.person_id == person_id]
        rows = connection.execute(
            select(entries).where(entries.c.recording_id == recording_id).order_by(entries.c.seq)
        ).all()
        mine = [row for row in rows if own and f'"person_id":"{own[0]}"' in row.document]
        head = register.ledger.head_within(connection)
        if not mine or head is None:
            raise UnknownPerson(
                f"Le registre ne tient rien de « {person_id[:40]} » pour cette rencontre ; vérifiez l'identifiant "
                "(videotheque consent show). Après un effacement, il n'y a plus de reçu : le certificat en tient lieu."
            )
        leaves = register.ledger.leaves(connection, head.size)
        before = select(entries).where(entries.c.seq.in_([row.seq - 1 for row in mine]))
        former = {row.seq: row for row in connection.execute(before)}
        held = held_of(connection, register.vault, [recording_id])[recording_id]
    proven = tuple(
        Entry(
            seq=row.seq,
            entry=entry_bytes(row, former.get(row.seq - 1)).decode(),
            path=tuple(node.hex() for node in merkle.audit_path(row.seq - 1, leaves)),
        )
        for row in mine
    )
    statement = _statement(register, controller, recording_id, person_id, own[0], held)
    unsigned = Receipt(
        statement=statement, entries=proven, head=head, public_key=register.ledger.signer.public_key, signature=""
    )
    return unsigned.model_copy(update={"signature": register.ledger.signer.sign(unsigned.message)})


def check_receipt(content: bytes, public_key: str | None = None) -> Receipt:
    """Check a receipt without any database; with the library's public key, also that it is this library's.

    Raises:
        ProofInvalid: it is no receipt, was changed, or is somebody else's.
    """
    try:
        receipt = Receipt.model_validate_json(content)
    except ValidationError:
        raise ProofInvalid("Ce fichier n'est pas un reçu, ou il a été abîmé ; redemandez-le.") from None
    if public_key is not None and receipt.public_key != public_key:
        raise ProofInvalid("Ce reçu est signé par une autre vidéothèque que celle dont vous donnez la clé.")
    head = receipt.head
    if not verifies(receipt.public_key, receipt.message, receipt.signature) or head.public_key != receipt.public_key:
        raise ProofInvalid("La signature de ce reçu n'est pas la sienne : il a été modifié.")
    if not head.is_genuine:
        raise ProofInvalid("La tête du registre que cite ce reçu n'est pas signée.")
    for one in receipt.entries:
        leaf = merkle.leaf_hash(one.entry.encode())
        try:
            path = [bytes.fromhex(node) for node in one.path]
        except ValueError:
            path = []
        root = merkle.root_from_path(one.seq - 1, head.size, leaf, path)
        if root is None or root.hex() != head.root:
            raise ProofInvalid(f"L'entrée {one.seq} que cite ce reçu n'est pas dans le registre.")
    return receipt


def _statement(
    register: Register,
    controller: Controller,
    recording_id: RecordingId,
    person_id: PersonId,
    pseudonym: PersonId,
    held: Held,
) -> dict[str, Any]:
    events = [event for event in held.events if event.person_id == person_id]
    party = next((one for one in held.parties if one.id == person_id), None)
    now = register.clock()
    role = Role.YOUNG_PERSON if party is None else party.role
    processing = _processing(register, events, party or Party(id=person_id, role=role), now)
    public = any(one.purpose == Purpose.PUBLISH.value and one.state in _AGREED for one in processing)
    return {
        "@context": CONTEXT,
        "@type": "dpv:ConsentReceipt",
        "schema_version": SCHEMA,
        "receipt_id": f"{recording_id}/{pseudonym}/{now.isoformat()}",
        "record_id": recording_id,
        "pii_principal_id": pseudonym,
        "issued_at": now.isoformat(),
        "language": "fr",
        "jurisdiction": "FR",
        "storage_location": "serveur de l'opérateur",
        "recipients": ["le public de la vidéothèque"] if public else [],
        "retention": f"tant que les accords durent, {register.policy.validity.longest_days} jours au plus",
        "withdrawal_method": "lien personnel, ou demande à l'équipe qui a organisé la rencontre (consent withdraw)",
        "rights": ["eu-gdpr:A7-3", "eu-gdpr:A15", "eu-gdpr:A16", "eu-gdpr:A17", "eu-gdpr:A20", "eu-gdpr:A77"],
        "policy": {"version": register.policy.version, "sha256": register.policy.sha256},
        "parties": _parties(controller, pseudonym, role, party),
        "processing": [one.model_dump(mode="json") for one in processing],
        "notices": [
            {"version": version, "language": language, "sha256": None if text is None else text.sha256}
            for (version, language), text in notices_read(events, party).items()
        ],
        "events": [_event(event) for event in events],
    }


def _parties(
    controller: Controller, pseudonym: PersonId, role: Role, party: Party | None
) -> list[dict[str, str | bool | None]]:
    return [
        {
            "party_id": "controller",
            "type": "dpv:DataController",
            "name": controller.name or None,
            "address": controller.address or None,
            "contact": controller.contact or None,
        },
        {
            "party_id": pseudonym,
            "type": "dpv:ParentOfDataSubject" if role is Role.GUARDIAN else "dpv:DataSubject",
            "role": role.value,
            "age_band": None if party is None else party.age_band.value,
            "sole_authority": None if party is None or party.sole_authority is None else party.sole_authority.value,
            "declared": party is not None,
        },
    ]


def _processing(register: Register, events: Sequence[ConsentEvent], party: Party, now: datetime) -> list[Processing]:
    """Each purpose of which the person spoke, as the rules themselves take what was said, late entries included."""
    cancelled = {event.invalidates for event in events}
    standings = Standings(events, PART, now, register.policy)
    found = []
    for purpose in Purpose:
        said = [one for one in events if one.covers(purpose) and one.event_id not in cancelled and not one.invalidates]
        if not said:
            continue
        standing = standings.of(party, purpose)
        found.append(
            Processing(
                purpose=purpose.value,
                description=purpose.french,
                operation=DPV_PURPOSES[purpose],
                personal_data=DATA.get(purpose, _EVERYTHING_SAID),
                state=_state(standing, said),
                since=None if standing.by is None else standing.by.indicated_at,
                valid_until=standing.ends,
                except_for=tuple(scope.french for scope in standings.apart(purpose, [party])),
            )
        )
    return found


def _state(standing: Standing, said: Sequence[ConsentEvent]) -> str:
    if standing.obstacle is Obstacle.EXPIRED:
        return STATES[EventKind.EXPIRED]
    if standing.by is not None:
        return STATES[standing.by.kind]
    # Asked and not answered; or a yes that is of one part only, or of days to come: no agreement as yet.
    return STATES[EventKind.REQUESTED] if said[-1].kind is EventKind.REQUESTED else "dpv:ConsentUnknown"


def _event(event: ConsentEvent) -> dict[str, Any]:
    return {
        "state": STATES[event.kind],
        **json.loads(event.model_dump_json(exclude={"person_id"}, exclude_defaults=True)),
    }
