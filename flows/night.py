"""The runs an operator starts: the night, one recording again, a withdrawal.

What a run does is here, in plain Python; :mod:`flows.orchestration` hands it to Prefect, and is imported only
when there is something to process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime

from consent import facts
from consent.facts import Fact
from consent.records import Frozen, PersonId, Purpose, RecordingId
from flows.environment import prepare_prefect
from flows.erasing import ErasureReport, pursue
from flows.generations import IndexReport, refresh_index
from flows.inbox import FoundMeeting, Unreadable, look, register_folder, state_of
from flows.progress import Progress
from flows.recording import RecordingRun
from flows.reminders import Reminder, reminders
from flows.retention import SourceGone, has_source, release_sources
from flows.workshop import Workshop
from pipeline import withdrawal
from pipeline.catalogue import RegisteredMeeting
from pipeline.erasure import Cause
from pipeline.errors import LibraryBusy
from pipeline.records import Outcome, Stage, StageReport
from pipeline.withdrawal import Channel, Taken


class RecordingReport(Frozen):
    """What became of one meeting. ``unchanged``: nothing was done, the reports are those of the last time."""

    name: str
    recording_id: RecordingId | None
    unchanged: bool
    stages: tuple[StageReport, ...]
    problem: str = ""

    @property
    def outcome(self) -> Outcome:
        """The worst of its stages; ``reused`` where nothing had to be done."""
        outcomes = {report.outcome for report in self.stages}
        if self.problem or Outcome.FAILED in outcomes:
            return Outcome.FAILED
        if Outcome.DENIED in outcomes:
            return Outcome.DENIED
        return Outcome.DONE if Outcome.DONE in outcomes and not self.unchanged else Outcome.REUSED

    @property
    def why(self) -> str:
        """The sentence that explains the outcome."""
        telling = [one.detail for one in self.stages if one.outcome in (Outcome.FAILED, Outcome.DENIED)]
        return self.problem or (telling or [one.detail for one in self.stages] or [""])[-1]

    @property
    def seconds(self) -> float:
        """Time spent in this run."""
        return 0.0 if self.unchanged else sum(report.seconds for report in self.stages)


class RunReport(Frozen):
    """What became of a run: each meeting, each erasure worked on, and the agreements that end soon.

    ``sources``: a sentence for each recording that somebody does not want kept and that could not be erased.
    """

    started_at: datetime
    recordings: tuple[RecordingReport, ...]
    index: IndexReport
    erasures: tuple[ErasureReport, ...] = ()
    reminders: tuple[Reminder, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something is not as it should be."""
        return (
            bool(self.index.problem or self.index.late or self.sources)
            or any(one.outcome is Outcome.FAILED for one in self.recordings)
            or any(not one.done for one in self.erasures)
        )


class WithdrawalReport(Frozen):
    """What a withdrawal did.

    ``still_shown``: something of the recording may still be shown. ``clips``: how many are gone. ``postponed``: a run
    holds the library, the withdrawal is in force all the same, and that run or the next night erases. ``again``: the
    same clip was taken back by the same person before. ``erasures`` say how far the erasure is.
    """

    still_shown: bool
    clips: int = 0
    again: bool = False
    postponed: bool = False
    erasures: tuple[ErasureReport, ...] = ()

    @property
    def problem(self) -> str:
        """What is not erased yet, where something failed."""
        return " ; ".join(one.sentence for one in self.erasures if not one.done)


def nightly(workshop: Workshop, progress: Progress, wait_s: float | None = None) -> RunReport:
    """Process every meeting that is new or changed, apply every consent that ended, refresh the index.

    Raises:
        LibraryBusy: another run still holds the library after the wait.
        RegisterUnavailable: the register cannot be read; nothing is processed.
        DatabaseLost: it is empty, and the outputs are not; nothing is touched.
    """
    with workshop.locked(progress, wait_s):
        started_at = workshop.clock()
        workshop.refuse_lost_database()  # before anything is written into it: a restore wants it empty
        workshop.note_stops()
        workshop.enforce_every_consent()  # before anything that may fail
        erasures = pursue(workshop, progress)
        inbox = look(workshop)
        workshop.enforce_every_consent()  # what the descriptions just said
        erasures += pursue(workshop, progress)
        todo = [one for one in inbox.meetings if one.changed]
        done, index = _process(workshop, todo, progress, None)
        late = [one for one in inbox.meetings if one.registered.recording_id in index.late and one not in todo]
        if late:  # their vectors are missing, or of another model than those just made
            again, index = _process(workshop, late, progress, None)
            done += again
        processed = {one.recording_id for one in done}
        unchanged = [one.registered for one in inbox.meetings if one.registered.recording_id not in processed]
        kept = [_as_last_time(workshop, registered) for registered in unchanged]
        lost = [_unreadable(one) for one in inbox.unreadable]
        erasures += pursue(workshop, progress)  # what was withdrawn, or ended, while the run was at work
        sources = release_sources(workshop, progress)
        workshop.note_stops()
        return RunReport(
            started_at=started_at,
            recordings=(*done, *kept, *lost),
            index=index,
            erasures=_last_of_each(erasures),
            reminders=reminders(workshop),
            sources=sources,
        )


def reprocess(
    workshop: Workshop, name: str, progress: Progress, redo_from: Stage = Stage.INGEST, wait_s: float | None = None
) -> RunReport:
    """Do one recording again from a stage on, whatever exists, and refresh the index.

    Raises:
        UnknownRecording: nothing is registered under that name.
        InvalidMeeting: its folder can no longer be read.
        SourceGone: its recording was erased, as somebody asked.
        LibraryBusy: another run still holds the library after the wait.
    """
    registered = workshop.catalogue.meeting(name)
    gone = workshop.catalogue.source_gone(registered.recording_id)
    if gone is not None and redo_from is not Stage.INDEX and not has_source(registered):
        raise SourceGone(
            f"L'enregistrement source de « {registered.meeting_id} » a été effacé le {gone.astimezone():%d/%m/%Y}, "
            "parce que quelqu'un n'a pas voulu qu'il soit gardé : ses extraits ne peuvent pas être refaits. Seul "
            f"l'index peut l'être (videotheque reprocess {registered.meeting_id} --from index)."
        )
    with workshop.locked(progress, wait_s):
        started_at = workshop.clock()
        workshop.note_stops()
        meeting, _ = register_folder(workshop, registered.folder)
        found = FoundMeeting(
            registered=registered, meeting=meeting, state=state_of(workshop, registered.folder, meeting)
        )
        # Should this run be killed while it replaces what exists, the night must look at the recording again.
        workshop.catalogue.settle(registered.recording_id, None)
        done, index = _process(workshop, [found], progress, redo_from)
        erasures = pursue(workshop, progress)
        return RunReport(started_at=started_at, recordings=tuple(done), index=index, erasures=erasures)


def withdraw(
    workshop: Workshop,
    meeting: RegisteredMeeting,
    person: PersonId,
    progress: Progress,
    purposes: frozenset[Purpose] = frozenset(),
) -> WithdrawalReport:
    """Record a withdrawal, in force at once, then erase what it no longer allows to keep."""
    return take_back(workshop, meeting, person, Taken(purposes=purposes), progress)


def take_back(
    workshop: Workshop, meeting: RegisteredMeeting, person: PersonId, taken: Taken, progress: Progress
) -> WithdrawalReport:
    """The same for whatever a person takes back, told by the operator.

    Raises:
        UnknownClip: the meeting has no such clip.
    """
    done = withdrawal.withdraw(workshop.catalogue, workshop.erasures, meeting, person, Channel.OPERATOR, taken)
    try:
        with workshop.locked(progress, 0):
            erasures = pursue(workshop, progress)
            return WithdrawalReport(
                still_shown=done.still_shown, clips=len(done.clips), again=done.again, erasures=erasures
            )
    except LibraryBusy:
        return WithdrawalReport(still_shown=done.still_shown, clips=len(done.clips), again=done.again, postponed=True)


def erase(workshop: Workshop, progress: Progress, wait_s: float | None = None) -> tuple[ErasureReport, ...]:
    """Work on every erasure that is not finished.

    Raises:
        LibraryBusy: another run still holds the library after the wait.
    """
    with workshop.locked(progress, wait_s):
        workshop.enforce_every_consent()
        return pursue(workshop, progress)


def remove(workshop: Workshop, meeting: RegisteredMeeting, progress: Progress) -> tuple[ErasureReport, ...]:
    """Take a meeting out: its clips at once, then everything derived from it, verified.

    Its folder is not touched and its consents stay in the register, unless somebody's agreement to the recording was
    taken back, or is over: then its source and the persons' names go as well. Should this be interrupted, the next run
    goes on.

    Raises:
        LibraryBusy: another run still holds the library after the wait.
    """
    with workshop.register.writing() as connection:  # a fact: no older copy of the database brings the meeting back
        facts.note(connection, workshop.register.ledger, meeting.recording_id, Fact.REMOVED, workshop.clock())
        workshop.erasures.request_within(connection, meeting.recording_id, Cause.REMOVAL)
        workshop.catalogue.unpublish_within(connection, meeting.recording_id)
    with workshop.locked(progress):
        return pursue(workshop, progress)


def _last_of_each(reports: Sequence[ErasureReport]) -> tuple[ErasureReport, ...]:
    return tuple({one.erasure_id: one for one in reports}.values())


def _process(
    workshop: Workshop, todo: Sequence[FoundMeeting], progress: Progress, redo_from: Stage | None
) -> tuple[list[RecordingReport], IndexReport]:
    runs = [RecordingRun(workshop, one.registered, progress, redo_from) for one in todo]
    if runs or os.environ.get("PREFECT_API_URL"):
        progress.note("Démarrage de Prefect (quelques secondes, davantage la première fois)…")
        prepare_prefect(workshop.settings.home)
        from flows.orchestration import orchestrate  # Prefect costs seconds to import

        reports, index = orchestrate(workshop, runs, progress, whole=redo_from is None)
    else:
        reports, index = [], refresh_index(workshop, None if redo_from is None else ())
    done = []
    for one, run, stages in zip(todo, runs, reports, strict=True):
        passing = any(report.outcome is Outcome.FAILED for report in stages) and not run.lasting
        workshop.catalogue.settle(run.id, None if passing or run.id in index.late else one.state)
        done.append(RecordingReport(name=run.name, recording_id=run.id, unchanged=False, stages=tuple(stages)))
    return done, index


def _as_last_time(workshop: Workshop, registered: RegisteredMeeting) -> RecordingReport:
    stages = workshop.journal.reports(registered.recording_id)
    return RecordingReport(
        name=registered.meeting_id, recording_id=registered.recording_id, unchanged=True, stages=stages
    )


def _unreadable(found: Unreadable) -> RecordingReport:
    return RecordingReport(
        name=found.name, recording_id=found.recording_id, unchanged=False, stages=(), problem=found.problem
    )
