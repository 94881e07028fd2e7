"""Sources that somebody does not want kept: erased once the clips are made and reviewed, while the clips stay.

Takes the workshop, holding the library's lock; has the files that a meeting's description names (never the
description), the tracks read from them and the key of their copies in backups erased, verified and certified as any
other erasure (:mod:`flows.erasing`). That they go is a fact in the ledger, so that no later run, and no older copy of
the database, looks for them. Without a word against it a source stays: a silence erases nothing that an operator may
still need.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from consent import facts
from consent.facts import Fact
from consent.records import PART, EventKind, Purpose, RecordingId
from consent.rules import PUBLICATION
from flows.approvals import waiting_for
from flows.erasing import pursue_one
from flows.inbox import source_gone_state
from flows.progress import Progress
from flows.workshop import Workshop
from pipeline.aftermath import Parting, ended, is_clipless, parting, refused
from pipeline.catalogue import RegisteredMeeting
from pipeline.erasure import Cause
from pipeline.errors import InvalidMeeting, PipelineError
from pipeline.meeting import read_description
from pipeline.outputs import sentence_of
from pipeline.records import Rendering, Stage

GONE = "l'enregistrement source a été effacé, comme une personne l'a demandé ; ses extraits restent tels quels"
"""What a stage says that cannot be done again."""

_LONGEST_REVIEW = timedelta(days=30)
"""How long clips may wait for their review before the source goes all the same: as long as a review link lasts."""


_NO = (EventKind.REFUSED, EventKind.WITHDRAWN)


class SourceGone(PipelineError):
    """A recording was erased as somebody asked: nothing can be made from it again."""


def release_sources(workshop: Workshop, progress: Progress) -> tuple[str, ...]:
    """Erase every source that somebody does not want kept, and that is needed no more.

    Returns:
        One sentence for each that is still there, or not wholly gone, because something failed; the next night tries
        again.
    """
    problems = []
    for meeting in workshop.catalogue.meetings():
        try:
            if (has_source(meeting) or _was_cut_short(workshop, meeting)) and _is_due(workshop, meeting):
                progress.note(f"{meeting.meeting_id} : {_released(workshop, meeting, progress)}")
        except (PipelineError, OSError) as error:
            problems.append(
                f"{meeting.meeting_id} : l'enregistrement source, que quelqu'un ne veut pas voir gardé, n'est pas "
                f"effacé, et le sera à la prochaine nuit qui le peut. {sentence_of(error)}"
            )
            progress.note(problems[-1])
    return tuple(problems)


class SourceKept(PipelineError):
    """A recording that somebody does not want kept could not be erased, or not wholly: the next night tries again."""


def _released(workshop: Workshop, meeting: RegisteredMeeting, progress: Progress) -> str:
    if workshop.settings.source_kept_by_operator:
        return "une personne ne veut pas que l'enregistrement entier soit gardé ; effacez-le."
    if not meeting.ours:  # as an erasure does: a copy erases nothing of the library that it was copied from
        return (
            "une personne ne veut pas que l'enregistrement entier soit gardé, mais son dossier est celui d'une autre "
            f"vidéothèque ; effacez-le là-bas, ou reprenez-le ici (videotheque add {meeting.folder})."
        )
    with workshop.register.writing() as connection:
        if not workshop.released_within(connection, meeting.recording_id):
            ledger, now = workshop.register.ledger, workshop.clock()
            facts.note(connection, ledger, meeting.recording_id, Fact.RELEASED, now)
        job = workshop.erasures.request_within(connection, meeting.recording_id, Cause.RELEASE)
    report = pursue_one(workshop, job, progress)
    if not report.done:
        raise SourceKept(report.sentence)
    workshop.catalogue.settle(meeting.recording_id, source_gone_state(workshop))  # nothing is left to be done of it
    return "l'enregistrement source est effacé, comme demandé."


def has_source(meeting: RegisteredMeeting) -> bool:
    """Whether a file that a meeting's description names is still there."""
    try:
        return any((meeting.folder / name).exists() for name in read_description(meeting.folder).files())
    except InvalidMeeting:
        return False


def kept_rendering(workshop: Workshop, recording_id: RecordingId) -> Rendering:
    """The clips that were made of a recording whose source is gone.

    Raises:
        SourceGone: there are none.
    """
    made = workshop.outputs.loaded(recording_id, Stage.RENDER, Rendering)
    if made:
        return max(made, key=lambda one: one.provenance.made_at)
    raise SourceGone("L'enregistrement source a été effacé, et aucun extrait n'en reste ; il n'y a plus rien à faire.")


def _was_cut_short(workshop: Workshop, meeting: RegisteredMeeting) -> bool:
    """Whether a night was killed once it had erased the files, before it noted so: the tracks went before them."""
    gone = workshop.catalogue.source_gone(meeting.recording_id)
    return gone is None and not workshop.outputs.has(meeting.recording_id, Stage.INGEST)


def _is_due(workshop: Workshop, meeting: RegisteredMeeting) -> bool:
    recording_id = meeting.recording_id
    register = workshop.register
    asked = {"keep": [Purpose.RETAIN_SOURCE], "record": [Purpose.RECORD], "show": PUBLICATION}
    decisions = register.decide_each(recording_id, asked, PART)
    if not refused(decisions["keep"]) or ended(decisions["record"]):  # the erasure sees to the latter
        return False
    clipless = is_clipless(workshop.catalogue, workshop.outputs, recording_id)
    when = parting(decisions["show"], clipless=clipless)
    if when is Parting.TONIGHT:
        return True
    if when is Parting.LATEST:
        return workshop.clock() - _refused_at(workshop, recording_id) > _LONGEST_REVIEW
    if not workshop.catalogue.has_clips(recording_id):  # not made yet
        return False
    waiting, _ = waiting_for(workshop, recording_id)
    made_at = kept_rendering(workshop, recording_id).provenance.made_at
    # Asked anew: a clip that a person trimmed while the night was at other meetings must still be made again.
    needed = waiting or workshop.catalogue.meeting(meeting.meeting_id).settled is None
    return not needed or workshop.clock() - made_at > _LONGEST_REVIEW


def _refused_at(workshop: Workshop, recording_id: RecordingId) -> datetime:
    """When the register learned that somebody does not want the recording kept; an agreement that ended is long ago."""
    said = [one for one in workshop.register.history(recording_id) if one.covers(Purpose.RETAIN_SOURCE)]
    return max((one.recorded_at for one in said if one.kind in _NO), default=datetime.min.replace(tzinfo=UTC))
