"""The commands of proof: verify the register, sign its head, receipts, a person's file, the record of processing.

Glue between the command line and :mod:`consent`; nothing is decided here. What is printed is JSON where it is meant
to be kept, one French sentence where it is meant to be read.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from consent.errors import ProofInvalid
from consent.records import PersonId, RecordingId, Role
from pipeline.errors import PipelineError
from pipeline.settings import Settings
from videotheque.french import FrenchParser

if TYPE_CHECKING:
    from pipeline.catalogue import Catalogue

Runs = Callable[[argparse.Namespace, Settings], int]


def add_proof_commands(actions: argparse._SubParsersAction[FrenchParser]) -> None:
    """Add these actions to ``videotheque consent``."""
    check = actions.add_parser("verify", help="vérifier que le registre est entier et n'a pas été modifié")
    check.add_argument(
        "--head", type=Path, action="append", default=[], metavar="FICHIER", help="tête signée gardée ailleurs"
    )
    check.set_defaults(run=_verify)
    again = actions.add_parser("rebuild-list", help="refaire la liste des retraits perdue, si le registre est entier")
    again.set_defaults(run=_rebuild_list)
    head = actions.add_parser("head", help="écrire la tête signée du registre, à garder ailleurs")
    head.set_defaults(run=_head)
    key = actions.add_parser("public-key", help="afficher la clé publique qui vérifie têtes et reçus")
    key.set_defaults(run=_public_key)
    receipt = actions.add_parser("receipt", help="écrire le reçu d'une personne, signé")
    names_a_person(receipt)
    receipt.set_defaults(run=_receipt)
    offline = actions.add_parser("check-receipt", help="vérifier un reçu, sans la vidéothèque")
    offline.add_argument("file", type=Path, metavar="FICHIER")
    offline.add_argument("--key", metavar="CLÉ", help="clé publique attendue (videotheque consent public-key)")
    offline.set_defaults(run=_check_receipt)
    known = actions.add_parser("identify", help="garder, chiffrés, le nom ou les contacts d'une personne")
    names_a_person(known)
    known.add_argument("--name", metavar="NOM")
    known.add_argument("--contact", action="append", default=[], metavar="CONTACT", help="adresse, téléphone…")
    known.set_defaults(run=_identify)
    file = actions.add_parser("file", help="écrire le dossier d'une personne (accès et portabilité)")
    names_a_person(file)
    file.add_argument("--output", type=Path, required=True, metavar="FICHIER.zip")
    file.set_defaults(run=_file)
    notice = actions.add_parser("notice", help="afficher la notice que lit chacun avant de décider")
    notice.add_argument("role", choices=[role.value for role in Role], metavar="RÔLE", help=", ".join(Role))
    notice.set_defaults(run=_notice)
    registry = actions.add_parser("registry", help="écrire le registre des traitements")
    registry.set_defaults(run=_registry)


def names_a_person(parser: FrenchParser) -> None:
    """Have a command name a meeting, and one of its persons."""
    parser.add_argument("recording", metavar="RENCONTRE")
    parser.add_argument("--person", required=True, metavar="PERSONNE", help="identifiant dans meeting.json, ou rôle")


def _verify(options: argparse.Namespace, settings: Settings) -> int:
    from consent.heads import read_head
    from pipeline.opening import open_register  # SQLAlchemy costs a second to import: not for --help

    register = open_register(settings, held=False)  # an older copy must be told as it is, not brought up to date
    found = register.ledger.verify([read_head(_content(path)) for path in options.head])
    if found.problem:
        sys.stderr.write(
            f"Le registre a été modifié : {found.problem} (première entrée en cause : {found.first_bad}) ; gardez ce "
            "fichier, cherchez qui l'a changé, et repartez d'une sauvegarde saine.\n"
        )
        return 1
    _print_line(f"Le registre est entier : {found.entries} entrées, racine {found.root}.")
    return 0


def _rebuild_list(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one signature for all
    from pipeline.keys import LibraryKeys  # as above
    from pipeline.opening import open_register
    from pipeline.stops import StopBook

    keyring, register = LibraryKeys(settings.keys_folder), open_register(settings, held=False)
    if keyring.stops_stamp() is not None or keyring.former_stops_path.exists():
        raise PipelineError("La liste des retraits est à côté des clés : il n'y a rien à refaire.")
    found = register.ledger.verify()
    if found.problem:
        raise ProofInvalid(
            f"La liste des retraits ne peut pas être refaite de ce registre ({found.problem}) : il y manquerait ce qui "
            "a été retiré depuis ; remettez le dossier des clés (VIDEOTHEQUE_KEYS), le plus récent que vous ayez."
        )
    stops = StopBook(register, keyring).rebuild()
    told = f"{len(stops.told)} retrait{'s' if len(stops.told) > 1 else ''}"
    _print_line(
        f"La liste des retraits est refaite du registre, entier et conforme à sa dernière tête : {told}, "
        f"jusqu'à l'entrée {stops.through}. Gardez-en une copie avec les clés."
    )
    return 0


def _head(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - one signature for all
    from pipeline.opening import open_register  # as above

    head = open_register(settings).ledger.head()
    if head is None:
        raise ProofInvalid("Le registre est vide : il n'y a pas encore de tête à garder.")
    _print_record(head)
    return 0


def _public_key(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - as above
    from pipeline.opening import open_register  # as above

    _print_line(open_register(settings).ledger.signer.public_key)
    return 0


def _receipt(options: argparse.Namespace, settings: Settings) -> int:
    from consent.receipts import make_receipt  # as above

    catalogue = _catalogue(settings)
    recording, person = _person(options, catalogue)
    _print_record(make_receipt(catalogue.register, settings.controller, recording, person))
    return 0


def _check_receipt(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - as above
    from consent.receipts import check_receipt  # as above

    receipt = check_receipt(_content(options.file), options.key)
    seqs = ", ".join(str(one.seq) for one in receipt.entries)
    whose = "par cette vidéothèque" if options.key else f"par la clé {receipt.public_key}"
    _print_line(f"Le reçu est authentique : signé {whose}, entrées {seqs} d'un registre de {receipt.head.size}.")
    return 0


def _identify(options: argparse.Namespace, settings: Settings) -> int:
    from consent.vault import Identity  # as above

    catalogue = _catalogue(settings)
    recording, person = _person(options, catalogue)
    name, contacts = (options.name or "").strip(), tuple(filter(None, map(str.strip, options.contact)))
    if not name and not contacts:
        raise PipelineError("Donnez --name, --contact ou les deux : rien n'est changé.")
    catalogue.register.identify(recording, Identity(person_id=person, name=name or None, contacts=contacts))
    catalogue.settle(recording, None)  # a clip may hold that name, unknown until now
    _print_line("Gardé, chiffré avec la clé de cette personne ; l'effacement détruit la clé.")
    return 0


def _file(options: argparse.Namespace, settings: Settings) -> int:
    from videotheque.persons_file import write  # as above

    catalogue = _catalogue(settings)
    recording, person = _person(options, catalogue)
    whole = write(settings, catalogue, recording, person, options.output)
    _print_line(f"Dossier écrit dans « {options.output} » : remettez-le à la personne par un moyen sûr, à elle seule.")
    if not whole:
        _print_line(
            "Le jeune est majeur (ou peut l'être, sa date de majorité n'étant pas dite) : ses paroles et ses extraits "
            "n'y sont pas, ils ne sont remis qu'à lui."
        )
    return 0


def _notice(options: argparse.Namespace, settings: Settings) -> int:
    from consent.notices import CURRENT, notice_for  # as above

    notice = notice_for(Role(options.role), CURRENT)
    if notice is None:
        raise PipelineError("La notice manque à cette installation ; réinstallez le programme.")
    sys.stdout.write(notice.text)
    # Below the text, whose hash the receipts state: it is the same for every operator.
    reached = [
        one for one in (settings.controller.name, settings.controller.address, settings.controller.contact) if one
    ]
    if settings.controller.contact:
        sys.stdout.write(f"\nPour nous joindre : {', '.join(reached)}.\n")
    else:
        sys.stderr.write(
            "Réglez VIDEOTHEQUE_CONTROLLER__NAME et VIDEOTHEQUE_CONTROLLER__CONTACT : la notice doit dire à qui "
            "écrire pour retirer son accord.\n"
        )
    return 0


def _registry(options: argparse.Namespace, settings: Settings) -> int:  # noqa: ARG001 - as above
    from consent.dossier import processing_record  # as above
    from pipeline.opening import open_register

    _print_record(processing_record(open_register(settings), settings.controller))
    return 0


def _catalogue(settings: Settings) -> Catalogue:
    from pipeline.catalogue import Catalogue  # as above
    from pipeline.opening import open_register

    return Catalogue(open_register(settings), settings.reviewers)


def _person(options: argparse.Namespace, catalogue: Catalogue) -> tuple[RecordingId, PersonId]:
    """The recording and the one person whom the command names, by id or by a role that one person has."""
    meeting = catalogue.meeting(options.recording)
    parties = catalogue.register.parties(meeting.recording_id)
    named = [one for one in parties if one.id == options.person]
    named = named or [one for one in parties if one.role.value == options.person]
    if len(named) != 1:
        known = ", ".join(f"{party.id} ({party.role.french})" for party in parties)
        raise PipelineError(
            f"« {options.person[:80]} » ne désigne pas une seule personne de cette rencontre ; choisissez : {known}."
        )
    return meeting.recording_id, named[0].id


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ProofInvalid(f"« {path} » ne peut pas être lu ({error.strerror}) ; vérifiez le nom du fichier.") from None


def _print_record(record: BaseModel) -> None:
    _print_line(record.model_dump_json(indent=1))


def _print_line(text: str) -> None:
    sys.stdout.write(f"{text}\n")
