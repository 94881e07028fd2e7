"""Withdrawals, whole or in part: events of the signed register, in force at the very next question, all or nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.database import Database
from consent.records import (
    PART,
    EventKind,
    Naming,
    PersonId,
    Place,
    Purpose,
    RecordingId,
    Scope,
    Showing,
    Span,
)
from consent.register import Register
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.erasure import ErasureBook
from pipeline.former_stops import FormerStops
from pipeline.keys import LibraryKeys
from pipeline.records import Clip, ClipId
from pipeline.stops import StopBook, keep_stops
from pipeline.withdrawal import Channel, Taken, UnknownClip, Withdrawn, withdraw
from tests.consent.people import MORNING, PRO, RECORDING, YOUNG, given_by
from tests.databases import Clock, Opens, events_of, stops_beside
from tests.videotheque.shelf import make_clip

ROOT = Path(__file__).parents[2]
OTHER = RecordingId("rec-00000000000000ff")
SPANS = {"clip-" + "a" * 20: (10.0, 60.0), "clip-" + "b" * 20: (60.0, 90.0), "clip-" + "c" * 20: (100.0, 130.0)}
A, B, C = (ClipId(one) for one in SPANS)


def clip_at(clip_id: ClipId, recording_id: RecordingId = RECORDING) -> Clip:
    """A clip with its own seconds of the recording."""
    made = make_clip(clip_id, f"Titre de {clip_id[5]}", "boulangère", ("Pourquoi ?", "Parce que."))
    start, end = SPANS[clip_id]
    return made.model_copy(update={"recording_id": recording_id, "span": Span(start=start, end=end)})


def _published(register: Register) -> Catalogue:
    catalogue = Catalogue(register, Reviewers.NOBODY)
    catalogue.register_meeting(RECORDING, "essai", Path("essai"), MORNING)
    register.declare(RECORDING, [PRO, YOUNG], [given_by(PRO), given_by(YOUNG)])
    clips = [clip_at(one) for one in (A, B, C)]
    catalogue.publish(register.clear(RECORDING, *PUBLICATION, place=PART), RECORDING, clips, "render", "index")
    return catalogue


@pytest.fixture
def catalogue(reopen: Opens) -> Catalogue:
    """One meeting of three clips, the first two touching, everybody agreed."""
    return _published(Register(reopen(), Clock()))


def _withdraw(catalogue: Catalogue, taken: Taken, person: PersonId = YOUNG.id) -> Withdrawn:
    book = ErasureBook(catalogue.database, catalogue.register.clock)
    return withdraw(catalogue, book, catalogue.meeting("essai"), person, Channel.LINK, taken)


def _seen(catalogue: Catalogue) -> set[str]:
    """What every way of asking shows; they must agree."""
    ids = catalogue.ids_of(RECORDING)
    live = set(catalogue.live([A, B, C]))
    assert (
        live == set(catalogue.live_of(RECORDING)) == set(catalogue.showable(ids)) == set(catalogue.made_of(RECORDING))
    )
    assert len(live) == catalogue.count_live()[0]
    return {one[5] for one in live}


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        (Taken(clip_id=A), "bc"),
        (Taken(clip_id=A, purposes=frozenset({Purpose.SHOW_FACE})), "bc"),
        (Taken(passages=(Span(start=61, end=62),)), "ac"),
        (Taken(passages=(Span(start=59, end=61),)), "c"),
        (Taken(passages=(Span(start=0, end=1), Span(start=129, end=200))), "ab"),
        (Taken(passages=(Span(start=95, end=99),)), "abc"),
        (Taken(passages=(Span(start=61, end=62),), purposes=frozenset({Purpose.ORIGINAL_VOICE})), "ac"),
        (Taken(passages=(Span(start=61, end=62),), purposes=frozenset({Purpose.AI_TRAINING})), "abc"),
        (Taken(purposes=frozenset({Purpose.SHOW_FACE})), ""),
        (Taken(purposes=frozenset({Purpose.AI_TRAINING})), "abc"),
        (Taken(), ""),
    ],
)
def test_what_is_taken_back_is_gone_at_the_next_question_and_the_rest_stays(
    catalogue: Catalogue, reopen: Opens, taken: Taken, left: str
) -> None:
    """In this process and in another one; what is gone says so; an erasure is owed; the ledger is whole."""
    elsewhere = Catalogue(Register(reopen(), Clock()), Reviewers.NOBODY)
    assert _seen(elsewhere) == set("abc")

    done = _withdraw(catalogue, taken)

    assert set(left) == _seen(catalogue) == _seen(elsewhere)
    assert {one[5] for one in done.clips} == set("abc") - set(left)
    assert done.still_shown == bool(left)
    assert all(elsewhere.was_published(one) for one in (A, B, C))
    assert [job.id for job in ErasureBook(elsewhere.database, Clock()).jobs(pending=True)] == [done.erasure_id]
    assert elsewhere.register.ledger.verify().problem == ""
    assert elsewhere.meeting("essai").settled is None


def test_a_partial_withdrawal_is_one_signed_event_under_a_pseudonym(catalogue: Catalogue) -> None:
    """It says by which door it came, how far it reaches and for what; what cannot be kept is no part of it."""
    before = catalogue.register.ledger.head()

    _withdraw(catalogue, Taken(clip_id=A))

    last = catalogue.register.history(RECORDING)[-1]
    head = catalogue.register.ledger.head()
    assert before is not None
    assert head is not None
    assert head.size == before.size + 1
    assert (EventKind.WITHDRAWN, "link", YOUNG.id) == (last.kind, last.channel, last.person_id)
    assert last.scope == Scope.of_clip(A, Span(start=10, end=60))
    assert Purpose.PUBLISH in last.purposes
    assert Purpose.RECORD not in last.purposes


def test_the_rules_give_a_form_for_each_part(catalogue: Catalogue) -> None:
    """The young person's face is withdrawn from some seconds: the professional alone there, everybody elsewhere."""
    _withdraw(catalogue, Taken(passages=(Span(start=61, end=62),), purposes=frozenset({Purpose.SHOW_FACE})))

    def form(start: float, end: float) -> tuple[Showing, Showing, Naming]:
        place = Place(spans=(Span(start=start, end=end),))
        found = catalogue.register.decide(RECORDING, [Purpose.PUBLISH], place).form
        return found.video, found.audio, found.names

    assert form(60, 63) == (Showing.PROFESSIONAL, Showing.ALL, Naming.SHOWN)
    assert form(63, 90) == (Showing.ALL, Showing.ALL, Naming.SHOWN)


def test_another_cut_of_the_same_seconds_is_refused_too(catalogue: Catalogue) -> None:
    """Published again under another id by an old clearance: the transaction that publishes leaves it out."""
    clearance = catalogue.register.clear(RECORDING, *PUBLICATION, place=PART)
    _withdraw(catalogue, Taken(clip_id=A))
    again = clip_at(A).model_copy(update={"id": ClipId("clip-" + "d" * 20), "span": Span(start=20, end=40)})

    catalogue.publish(clearance, RECORDING, [again, clip_at(B), clip_at(C)], "render", "index")

    assert set(catalogue.clip_ids()) == {B, C}
    assert _seen(catalogue) == set("bc")


def test_a_later_yes_gives_it_back_and_another_persons_does_not(catalogue: Catalogue) -> None:
    """Only who took it back can agree again, after it, to that clip or to everything."""
    _withdraw(catalogue, Taken(clip_id=A))
    place = Place(clip_id=A, spans=(Span(start=10, end=60),))
    verdicts = [catalogue.register.decide(RECORDING, PUBLICATION, place).allowed]

    for person, scope in ((PRO, Scope()), (YOUNG, Scope(clip_id=B)), (YOUNG, Scope(clip_id=A))):
        now = catalogue.register.clock()
        yes = given_by(person, f"again-{person.id}-{scope.clip_id}", now)
        catalogue.register.append(yes.model_copy(update={"scope": scope}))
        verdicts.append(catalogue.register.decide(RECORDING, PUBLICATION, place).allowed)

    assert verdicts == [False, False, False, True]


def test_an_unknown_clip_changes_nothing(catalogue: Catalogue) -> None:
    """Neither event, nor erasure, nor clip; another recording's clip is unknown too."""
    catalogue.register_meeting(OTHER, "autre", Path("autre"), MORNING)
    book = ErasureBook(catalogue.database, catalogue.register.clock)
    before = catalogue.register.ledger.head()

    for meeting, clip in (("essai", ClipId("clip-" + "9" * 20)), ("autre", A)):
        with pytest.raises(UnknownClip, match="Aucun extrait"):
            withdraw(catalogue, book, catalogue.meeting(meeting), YOUNG.id, Channel.LINK, Taken(clip_id=clip))

    assert before == catalogue.register.ledger.head()
    assert book.jobs() == ()
    assert _seen(catalogue) == set("abc")


def test_the_list_of_stops_holds_parts_and_is_gathered_from_where_it_ended(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    """Said again to a register that never heard of it: the same clips are gone; said twice, nothing is new."""
    keys = LibraryKeys(tmp_path / "stops")
    StopBook(catalogue.register, keys).rebuild()
    for taken in (Taken(clip_id=A), Taken(passages=(Span(start=129, end=131),))):
        _withdraw(catalogue, taken)
        keep_stops(catalogue.register, keys)
    listed = stops_beside(keys.folder)
    fresh = _published(Register(Database(tmp_path / "other" / "other.sqlite3"), Clock()))
    assert _seen(fresh) == set("abc")

    news = [keep_stops(fresh.register, keys), keep_stops(fresh.register, keys)]

    assert [event.scope.clip_id for event in events_of(listed)] == [A, None]
    assert news == [2, 0]
    assert _seen_without_retiring(fresh) == set("b")
    assert listed.told == stops_beside(keys.folder).told
    fresh.database.close()


def test_of_many_who_add_to_the_list_at_once_none_loses_a_withdrawal(catalogue: Catalogue, tmp_path: Path) -> None:
    """Each reads and adds while nobody else does: every line is whole, and every word in it, once."""
    keys = LibraryKeys(tmp_path / "stops")
    StopBook(catalogue.register, keys).rebuild()

    def take_back(first: int) -> None:
        for start in range(first, first + 10):
            _withdraw(catalogue, Taken(passages=(Span(start=start, end=start + 1),)))
            keep_stops(catalogue.register, keys)

    takers = [Thread(target=take_back, args=(first,)) for first in (0, 10, 20)]
    for one in takers:
        one.start()
    for one in takers:
        one.join()

    found = [event.scope.passages[0].start for event in events_of(stops_beside(keys.folder))]
    assert list(range(30)) == sorted(found)


def _seen_without_retiring(catalogue: Catalogue) -> set[str]:
    """What is shown of clips that were not taken out of the catalogue."""
    assert set(catalogue.ids_of(RECORDING)) == {A, B, C}
    assert len(catalogue.live([A, B, C])) == catalogue.count_live()[0]
    return {one[5] for one in catalogue.live([A, B, C])}


def test_a_list_of_stops_of_before_is_understood() -> None:
    """Refused clips and hidden passages were kept beside the events: they are events now."""
    wish = {
        "seq": 3,
        "recording_id": RECORDING,
        "person_id": "jeune",
        "kind": "refused",
        "clip_id": A,
        "content": None,
        "span": {"start": 10.0, "end": 60.0},
        "said_at": MORNING.isoformat(),
        "channel": "link",
    }
    written = {"version": 1, "written_at": MORNING.isoformat(), "events": [], "wishes": [wish], "removing": []}

    (event,) = FormerStops.model_validate_json(json.dumps(written)).events

    assert (EventKind.WITHDRAWN, "jeune", Scope.of_clip(A, Span(start=10, end=60))) == (
        event.kind,
        event.person_id,
        event.scope,
    )


_TAKES = st.builds(
    Taken,
    clip_id=st.none() | st.sampled_from([A, B, C]),
    purposes=st.just(frozenset[Purpose]()) | st.frozensets(st.sampled_from(list(Purpose)), max_size=3),
) | st.builds(
    Taken,
    passages=st.lists(
        st.builds(lambda start, length: Span(start=start, end=start + length), st.integers(0, 140), st.integers(1, 30)),
        min_size=1,
        max_size=3,
    ).map(tuple),
    purposes=st.just(frozenset[Purpose]()) | st.frozensets(st.sampled_from(list(Purpose)), max_size=3),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_TAKES, st.sampled_from([PRO.id, YOUNG.id])), min_size=1, max_size=4))
def test_whatever_is_taken_back_shows_less_and_less(
    tmp_path_factory: pytest.TempPathFactory, takes: list[tuple[Taken, PersonId]]
) -> None:
    """Every way of asking agrees after each withdrawal, and none shows more than before; the last cut holds none."""
    catalogue = _published(Register(Database(tmp_path_factory.mktemp("takes") / "one.sqlite3"), Clock()))
    shown = _seen(catalogue)
    for taken, person in takes:
        if taken.clip_id is not None and taken.clip_id not in catalogue.ids_of(RECORDING):
            continue
        _withdraw(catalogue, taken, person)
        after = _seen(catalogue)
        assert after <= shown
        shown = after
    catalogue.database.close()


_KILLED = """
import os, sys
from pathlib import Path
from consent.database import Database
from consent.records import PersonId
from consent.register import Register
from consent.reviewers import Reviewers
from pipeline.catalogue import Catalogue
from pipeline.erasure import ErasureBook
from pipeline.records import ClipId
from pipeline.withdrawal import Channel, Taken, withdraw
from tests.killing import Killing

where, home, clip = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

def run(at):
    catalogue = Catalogue(Register(Database(where if "://" in where else Path(where), home)), Reviewers.NOBODY)
    book = ErasureBook(catalogue.database, catalogue.register.clock)
    watched = Killing(at).watched
    catalogue.register.withdraw_within = watched(catalogue.register.withdraw_within)
    catalogue.unpublish_denied_within = watched(catalogue.unpublish_denied_within)
    catalogue.settle_within = watched(catalogue.settle_within)
    book.request_within = watched(book.request_within)
    catalogue.register.ledger.anchor = watched(catalogue.register.ledger.anchor)
    withdraw(catalogue, book, catalogue.meeting("essai"), PersonId("jeune"), Channel.LINK, Taken(clip_id=ClipId(clip)))

for line in sys.stdin:  # each in a process of its own, which has imported everything already
    child = os.fork()
    if not child:
        run(int(line))
        os._exit(0)
    print(os.waitpid(child, 0)[1], flush=True)
"""


def test_killed_anywhere_a_withdrawal_is_whole_or_nothing(reopen: Opens, where: Path | str) -> None:
    """Kill -9 around each of its writes: event, suppression and erasure are all there, or none of them is."""
    catalogue = _published(Register(reopen(), Clock()))
    book = ErasureBook(catalogue.database, Clock())
    states: list[tuple[bool, bool, bool]] = []
    arguments = [sys.executable, "-c", _KILLED, str(where), str(catalogue.database.home), A]
    with subprocess.Popen(arguments, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdin is not None
        assert killed.stdout is not None
        for at in range(1, 20):
            killed.stdin.write(f"{at}\n")
            killed.stdin.flush()
            ended = int(killed.stdout.readline())
            said = [one.kind for one in catalogue.register.history(RECORDING)].count(EventKind.WITHDRAWN) > 0
            states.append((said, A not in catalogue.ids_of(RECORDING), bool(book.jobs(pending=True))))
            if said:
                break
            assert ended == signal.SIGKILL
        killed.stdin.close()

    assert states[0] == (False, False, False)
    assert set(states) == {(False, False, False), (True, True, True)}
    assert len(states) >= 8
    assert _seen(catalogue) == set("bc")
