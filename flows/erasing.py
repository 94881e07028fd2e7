"""Erasing: work on every job that is not finished, store after store, until each is verified; then certify.

Call it while holding the library's lock. A store that fails is told, kept as failed and tried again by the next run;
the certificate waits for it. What a store does is in :mod:`flows.stores`.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from consent.errors import ConsentError
from consent.records import Frozen, RecordingId
from flows.due import Due, basis_of, due_of
from flows.progress import Progress
from flows.stores import HANDLINGS
from flows.workshop import Workshop
from pipeline.certificate import certify
from pipeline.erasure import Cause, Erasure, ErasureStep, StepState
from pipeline.errors import PipelineError
from pipeline.outputs import replace_synced, sentence_of
from pipeline.records import Stage
from pipeline.store import Store

_ROUNDS = 3
"""How often one run goes through a job of which more is taken back meanwhile; the rest is for the next run."""

_SERVERS_LOG = "tables récrites ; le journal du serveur PostgreSQL et ses archives relèvent de son administrateur"


class ErasureReport(Frozen):
    """How far one job is, for the operator. ``late``: the deadline has passed."""

    erasure_id: str
    recording_id: RecordingId
    done: bool
    late: bool
    problem: str = ""

    @property
    def sentence(self) -> str:
        """One French sentence."""
        if self.done:
            return f"Effacement {self.erasure_id} ({self.recording_id}) : terminé et vérifié, certificat signé."
        late = " EN RETARD" if self.late else ""
        return f"Effacement {self.erasure_id} ({self.recording_id}) : inachevé{late}, il sera repris. {self.problem}"


def pursue(workshop: Workshop, progress: Progress) -> tuple[ErasureReport, ...]:
    """Work on every job that is not finished; what became of each."""
    return tuple(pursue_one(workshop, job, progress) for job in workshop.erasures.jobs(pending=True))


def reports(workshop: Workshop) -> tuple[ErasureReport, ...]:
    """Every job that is not finished, as it stands."""
    return tuple(_report(workshop, job) for job in workshop.erasures.jobs(pending=True))


def pursue_one(workshop: Workshop, job: Erasure, progress: Progress) -> ErasureReport:
    """Work on one job; what became of it."""
    progress.note(f"Effacement {job.id} ({job.cause.french})…")
    for _ in range(_ROUNDS):
        due = _due(workshop, job)
        _go_through(workshop, job, due, progress)
        if _close(workshop, job.id, due):
            break
        job = workshop.erasures.job(job.id)
        asked_again = any(step.state is StepState.PENDING for step in job.steps)
        if _due(workshop, job).basis == due.basis and (job.failed or not asked_again):
            break  # what failed is for the next run
    return _report(workshop, workshop.erasures.job(job.id))


def _due(workshop: Workshop, job: Erasure) -> Due:
    """What is due now; once the persons were forgotten nobody can say it, so that it was kept before."""
    if job.settled is not None:
        return Due.model_validate_json(job.settled)
    return due_of(workshop, job.recording_id, job.cause)


def _go_through(workshop: Workshop, job: Erasure, due: Due, progress: Progress) -> None:
    """Erase, store after store, what was not erased and verified on that very basis."""
    for store in Store:
        before = job.step(store)
        if before is not None and before.verified_on(due.basis) and store is not Store.DATABASE:
            continue
        if store in (Store.MEETING, Store.IDENTITIES) and not _all_verified_before(job, store, due):
            continue  # they say where the source is, and what is due
        if store is Store.IDENTITIES and due.source:
            workshop.erasures.settle(job.id, due.model_dump_json())
        step = _step(workshop, store, due, before)
        workshop.erasures.note(job.id, step)
        if step.state is StepState.FAILED:
            progress.note(f"  ✗ {store.french} : {step.detail}")
        else:
            progress.note(f"  ✓ {store.french} : {step.detail or 'effacé et vérifié'}")
        job = workshop.erasures.job(job.id)


def _close(workshop: Workshop, erasure_id: str, due: Due) -> bool:
    """Certify and close a job, unless a store is missing or something else is due by now.

    The steps and what the register says are read again in the transaction that closes it: what is said before is seen,
    and what is said after is another job.
    """
    with workshop.erasures.database.writing() as connection:
        job = workshop.erasures.job_within(connection, erasure_id)
        removed = job.cause is Cause.REMOVAL
        same = job.settled is not None or due.basis == basis_of(workshop, connection, job.recording_id, removed=removed)
        if not same or not job.verified_on(due.basis):
            return False
        key, extent = workshop.keyring.for_certificates(), _extent(due)
        certificate = certify(job, workshop.clock(), key, extent, whole=due.whole)
        folder = workshop.settings.certificates_folder
        folder.mkdir(parents=True, exist_ok=True)
        document = certificate.model_dump_json(indent=1)
        replace_synced(folder / f"{job.id}.json", document.encode())
        workshop.erasures.complete(connection, job.id, certificate.completed_at, document)
    return True


def _extent(due: Due) -> str:
    """What was to be erased, for a certificate; told by kind, since what is gone can no longer be counted."""
    if due.source:
        return "toute la rencontre, avec l'enregistrement source et les noms"
    if due.whole:
        return "tout ce qui a été produit de la rencontre ; son dossier et ses accords demeurent"
    if due.only_released:
        return "l'enregistrement source et les pistes qui en ont été tirées ; le reste de la rencontre demeure"
    if due.stages:
        stages = ", ".join(stage.french for stage in Stage if stage in due.stages)
        return f"ce que ces étapes ont produit : {stages} ; le reste de la rencontre demeure"
    return "les extraits qui contiennent ce qui a été retiré ; le reste de la rencontre demeure"


def _all_verified_before(job: Erasure, store: Store, due: Due) -> bool:
    order = list(Store)
    before = order[: order.index(store)]
    return all((step := job.step(one)) is not None and step.verified_on(due.basis) for one in before)


def _step(workshop: Workshop, store: Store, due: Due, before: ErasureStep | None) -> ErasureStep:
    """Erase and verify one store; never raises for what another attempt may mend."""
    handling, attempts = HANDLINGS[store], (before.attempts if before else 0) + 1
    erased = before.erased if before else 0
    try:
        erased += handling.erase(workshop, due)
        left = handling.verify(workshop, due)
    except (PipelineError, ConsentError, OSError) as error:
        left = sentence_of(error)
    except (SQLAlchemyError, sqlite3.Error) as error:
        left = f"La base ne peut pas être réécrite maintenant ({type(error).__name__})."
    return ErasureStep(
        store=store,
        state=StepState.FAILED if left else StepState.VERIFIED,
        attempts=attempts,
        erased=erased,
        detail=left or _told(workshop, store, due),
        at=workshop.clock(),
        basis=due.basis,
    )


def _told(workshop: Workshop, store: Store, due: Due) -> str:
    """What a certificate must say of a store beyond "erased and verified": what was left alone, and why."""
    partly = workshop.settings.source_kept_by_operator and due.source
    stays = "non concerné : l'accord d'enregistrer tient, ou l'opérateur retire lui-même le dossier"
    rest = "" if due.whole else "non concerné : le reste de la rencontre demeure"
    source = "gardé hors de la vidéothèque par l'opérateur, à qui il revient de l'effacer" if partly else ""
    if due.source and not partly and workshop.catalogue.find_meeting(due.recording_id) is None:
        source = "la fiche n'est plus là pour dire où il était : s'il en reste un dossier, l'opérateur l'efface"
    if due.released and not due.source:
        source = "gardé hors de la vidéothèque par l'opérateur" if workshop.settings.source_kept_by_operator else ""
    elif not due.source:
        unheard = "gardé pour le reste de la rencontre ; les passages retirés n'en sont plus lus"
        source = unheard if workshop.unheard(due.recording_id) else stays
    sqlite = workshop.register.database.is_sqlite
    return {
        Store.SOURCE: source,
        Store.MEETING: rest,
        Store.INDEX: rest if due.only_released else "",
        Store.BACKUP_KEY: "" if due.whole else "les sauvegardes d'avant ne peuvent oublier une partie : illisibles",
        Store.PREFECT: rest or "effacé ; un serveur Prefect de l'opérateur n'a reçu que des numéros opaques",
        Store.IDENTITIES: "" if due.source else stays,
        Store.DATABASE: "" if sqlite else _SERVERS_LOG,
    }.get(store, "")


def _report(workshop: Workshop, job: Erasure) -> ErasureReport:
    late = workshop.clock() - job.requested_at > timedelta(hours=workshop.settings.erasure_deadline_h)
    problem = " ; ".join(f"{step.store.french} : {step.detail}" for step in job.failed)
    return ErasureReport(
        erasure_id=job.id,
        recording_id=job.recording_id,
        done=job.completed_at is not None,
        late=late and job.completed_at is None,
        problem=problem,
    )
