"""Sources that somebody does not want kept: gone once the clips are made, while the clips stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from consent.records import ConsentEvent, EventKind, Party, PersonId, Purpose, RecordingId, Role, Scope, Span
from consent.reviewers import Reviewers
from flows.inbox import look
from flows.night import reprocess
from flows.progress import Silence
from flows.retention import GONE, SourceGone, release_sources
from flows.workshop import Workshop
from pipeline.aftermath import Parting, aftermath_of, is_clipless
from pipeline.meeting import MEETING_FILE, read_description
from pipeline.records import Stage, Transcript
from pipeline.settings import Settings
from pipeline.withdrawal import Channel, Taken, withdraw
from tests.flows.nights import stages, workshop_of

NAME = "essai-plain"


def _refuse(workshop: Workshop) -> RecordingId:
    """The young person does not want the whole recording kept, once a night was through with it."""
    recording = workshop.catalogue.meeting(NAME).recording_id
    workshop.catalogue.settle(recording, "done")
    workshop.register.withdraw(recording, PersonId("jeune"), frozenset({Purpose.RETAIN_SOURCE}))
    return recording


def _media(folder: Path) -> list[str]:
    """The files that the description names and that are there."""
    return sorted(name for name in read_description(folder).files() if (folder / name).exists())


def test_a_source_goes_when_somebody_refuses_and_not_before(alone: tuple[Settings, Path]) -> None:
    """Silence keeps it; a no erases every file but the description, and the tracks; the clips are still shown."""
    settings, folder = alone
    workshop = workshop_of(settings)
    release_sources(workshop, Silence())
    before = _media(folder)
    recording = _refuse(workshop)
    shown = set(workshop.catalogue.live_of(recording))

    release_sources(workshop, Silence())

    assert (bool(before), []) == (True, _media(folder))
    assert (folder / MEETING_FILE).exists()
    assert () == workshop.outputs.files(recording, Stage.INGEST)
    assert workshop.keyring.known(recording) is None
    assert shown == set(workshop.catalogue.live_of(recording)) != set()


def test_later_nights_and_reprocess_know_that_it_is_gone(alone: tuple[Settings, Path]) -> None:
    """The meeting is neither unreadable nor to be done again; reprocess says what is gone, since when, and why."""
    workshop = workshop_of(alone[0])
    recording = _refuse(workshop)
    release_sources(workshop, Silence())

    found = look(workshop)

    assert ((), [False]) == (found.unreadable, [one.changed for one in found.meetings])
    with pytest.raises(SourceGone, match=r"a été effacé le \d\d/\d\d/\d{4}, parce que quelqu'un n'a pas voulu"):
        reprocess(workshop, NAME, Silence(), Stage.RENDER)
    reports = stages(workshop, workshop.catalogue.meeting(NAME))
    assert ["reused"] * 5 == [one.outcome.value for one in reports]
    assert workshop.catalogue.live_of(recording)


def test_what_is_withdrawn_afterwards_is_still_gone_at_once_and_erased(alone: tuple[Settings, Path]) -> None:
    """A passage taken back from a recording whose source is gone: its clip, and every word written down, must go."""
    workshop = workshop_of(alone[0])
    recording = _refuse(workshop)
    release_sources(workshop, Silence())
    (clip, *_) = [one.clip for one in workshop.catalogue.live_of(recording).values()]
    passage = Span(start=clip.span.start + 1, end=clip.span.start + 2)
    everything = frozenset({Purpose.TRANSCRIBE, Purpose.CUT_AND_INDEX, Purpose.PUBLISH})

    done = withdraw(
        workshop.catalogue, workshop.erasures, workshop.catalogue.meeting(NAME), PersonId("jeune"), Channel.LINK,
        Taken(purposes=everything, passages=(passage,)),
    )  # fmt: skip

    assert clip.id in done.clips
    assert {Stage.TRANSCRIBE, Stage.SEGMENT} == workshop.stale_stages(recording)


def test_what_was_written_is_kept_where_it_holds_none_of_what_was_taken_back(alone: tuple[Settings, Path]) -> None:
    """Seconds in which nobody speaks, or that were left out before: the only transcript there will ever be stays."""
    workshop = workshop_of(alone[0])
    recording = _refuse(workshop)
    (transcript,) = workshop.outputs.loaded(recording, Stage.TRANSCRIBE, Transcript)
    words = [word.span for one in transcript.utterances for word in one.words]
    silence = Span(start=max(word.end for word in words) + 0.1, end=max(word.end for word in words) + 1)
    release_sources(workshop, Silence())

    workshop.register.withdraw(
        recording, PersonId("jeune"), frozenset({Purpose.TRANSCRIBE}), Scope(passages=(silence,))
    )
    kept = workshop.stale_stages(recording)
    workshop.register.withdraw(
        recording, PersonId("jeune"), frozenset({Purpose.TRANSCRIBE}), Scope(passages=(words[0],))
    )

    assert (frozenset(), True) == (kept, Stage.TRANSCRIBE in workshop.stale_stages(recording))


def test_without_its_source_a_recording_is_still_found_by_another_model(alone: tuple[Settings, Path]) -> None:
    """What can be made again of its clips is: their vectors; and then nothing is to be done, night after night."""
    workshop = workshop_of(alone[0])
    recording = _refuse(workshop)
    release_sources(workshop, Silence())
    same = [one.changed for one in look(workshop).meetings]
    workshop.settings = workshop.settings.model_copy(update={"embedder_revision": "another"})

    (found,) = look(workshop).meetings
    reports = stages(workshop, workshop.catalogue.meeting(NAME))
    workshop.catalogue.settle(recording, found.state)

    assert ([False], True, False) == (same, found.changed, look(workshop).meetings[0].changed)
    assert GONE == reports[0].detail
    assert workshop.catalogue.live_of(recording)


def test_a_source_stays_while_its_clips_await_their_persons(alone: tuple[Settings, Path]) -> None:
    """A clip may still have to be trimmed: the source waits for the approvals, thirty days at most."""
    settings, folder = alone
    workshop = workshop_of(settings.model_copy(update={"reviewers": Reviewers.BOTH}))
    now, recording = workshop.clock(), _refuse(workshop)
    workshop.catalogue.approvals.declare(recording, workshop.register.parties(recording), waived=())

    release_sources(workshop, Silence())
    awaited = _media(folder)
    workshop.clock = lambda: now + timedelta(days=31)
    release_sources(workshop, Silence())

    assert (True, []) == (bool(awaited), _media(folder))


def test_a_source_stays_while_a_clip_must_be_made_again(alone: tuple[Settings, Path]) -> None:
    """A person trimmed a clip while the night was at other meetings: the next one makes it from the source."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = _refuse(workshop)
    workshop.catalogue.settle(recording, None)

    release_sources(workshop, Silence())
    unmade = _media(folder)
    workshop.catalogue.settle(recording, "done")
    release_sources(workshop, Silence())

    assert (True, []) == (bool(unmade), _media(folder))


def test_the_operators_own_copy_is_never_touched(alone: tuple[Settings, Path]) -> None:
    """Where the source is the operator's to erase, they are told, and it stays."""
    settings, folder = alone
    workshop = workshop_of(settings.model_copy(update={"source_kept_by_operator": True}))
    _refuse(workshop)
    before = _media(folder)

    release_sources(workshop, Silence())

    assert before == _media(folder)


def test_a_source_goes_too_where_publishing_was_taken_back(alone: tuple[Settings, Path]) -> None:
    """No clip will ever be made again: nothing is waited for."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = workshop.catalogue.meeting(NAME).recording_id
    taken = frozenset({Purpose.PUBLISH, Purpose.RETAIN_SOURCE})

    workshop.register.withdraw(recording, PersonId("pro"), taken)
    workshop.catalogue.unpublish(recording)
    release_sources(workshop, Silence())

    assert [] == _media(folder)
    assert workshop.outputs.has(recording, Stage.TRANSCRIBE)


def test_a_source_that_cannot_be_erased_is_told_and_not_noted_gone(alone: tuple[Settings, Path]) -> None:
    """What holds the recording up holds up neither the night nor its report; the next one erases what is left."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = _refuse(workshop)
    name = read_description(folder).recording
    kept = (folder / name).read_bytes()
    (folder / name).unlink()
    (folder / name).mkdir()  # a name that cannot be erased as a file, for root too

    (problem,) = release_sources(workshop, Silence())
    noted = workshop.catalogue.source_gone(recording)
    (folder / name).rmdir()
    (folder / name).write_bytes(kept)
    again = release_sources(workshop, Silence())

    assert ("n'est pas effacé" in problem, None) == (True, noted)
    assert ((), []) == (again, _media(folder))
    assert workshop.catalogue.source_gone(recording) is not None


def test_a_night_killed_before_it_noted_it_is_made_good(alone: tuple[Settings, Path]) -> None:
    """The files are gone and nothing says so: the next one does."""
    workshop = workshop_of(alone[0])
    recording = _refuse(workshop)
    release_sources(workshop, Silence())
    workshop.catalogue.note_source_gone(recording, None)

    release_sources(workshop, Silence())

    assert workshop.catalogue.source_gone(recording) is not None


def _said(recording: RecordingId, kind: EventKind, purpose: Purpose, at: datetime) -> ConsentEvent:
    return ConsentEvent(
        event_id=f"{kind.value}-{purpose.value}", recording_id=recording, person_id=PersonId("pro"), kind=kind,
        purposes=frozenset({purpose}), indicated_at=at, recorded_at=at,
    )  # fmt: skip


def test_a_source_goes_too_where_publishing_was_refused(alone: tuple[Settings, Path]) -> None:
    """A refusal is as final as a withdrawal: no clip will be made, and the page says tonight."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = _refuse(workshop)
    said = _said(recording, EventKind.REFUSED, Purpose.PUBLISH, workshop.clock())

    workshop.register.append(said)
    workshop.catalogue.unpublish(recording)
    promised = aftermath_of(workshop.register, recording).parting
    release_sources(workshop, Silence())

    assert (Parting.TONIGHT, []) == (promised, _media(folder))


def test_a_source_goes_once_every_clip_was_refused(alone: tuple[Settings, Path]) -> None:
    """Nothing is left to review: not while a stage is still to be done, and then that very night, as is promised."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = _refuse(workshop)
    workshop.catalogue.unpublish(recording)

    workshop.catalogue.settle(recording, None)
    release_sources(workshop, Silence())
    before = _media(folder)
    workshop.catalogue.settle(recording, "done")
    clipless = is_clipless(workshop.catalogue, workshop.outputs, recording)
    promised = aftermath_of(workshop.register, recording, clipless=clipless).parting
    release_sources(workshop, Silence())

    assert (True, Parting.TONIGHT, []) == (bool(before), promised, _media(folder))


def test_a_source_waits_thirty_days_at_most_for_the_agreements(alone: tuple[Settings, Path]) -> None:
    """Somebody has not answered yet: the clips may still be made; not for ever, as the page says."""
    settings, folder = alone
    workshop = workshop_of(settings)
    recording = _refuse(workshop)
    now, parties = workshop.clock(), workshop.register.parties(recording)
    late = Party(id=PersonId("autre"), role=Role.PROFESSIONAL)
    workshop.register.declare(recording, (*parties, late), workshop.register.history(recording))

    promised = aftermath_of(workshop.register, recording).parting
    release_sources(workshop, Silence())
    before = _media(folder)
    workshop.clock = lambda: now + timedelta(days=31)
    release_sources(workshop, Silence())

    assert (Parting.LATEST, True, []) == (promised, bool(before), _media(folder))
