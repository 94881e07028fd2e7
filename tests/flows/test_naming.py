"""Names that somebody does not agree to: from what was heard to what is served and searched, nothing holds them."""

from __future__ import annotations

from pathlib import Path

from consent.records import Naming, PersonId, Purpose
from flows import night
from flows.generations import refresh_index
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.index.reader import IndexReader
from pipeline.index.search import Request, search
from pipeline.records import Hit, Mode, Outcome, Segmentation, Stage, Utterance
from pipeline.segment.masking import MASK
from pipeline.settings import Settings
from pipeline.withdrawal import Channel, Taken, withdraw
from tests.flows.nights import workshop_of
from videotheque.gate import Gate

NAME = "Zyriane"


def _says_a_name(segmentation: Segmentation) -> Segmentation:
    """The same meeting, in which somebody says who they are."""
    (first, *rest) = segmentation.segments
    said = first.utterances[-1]
    words = [
        word.model_copy(update={"text": text})
        for word, text in zip(said.words, ("Je", "m'appelle", f"{NAME},"), strict=False)
    ]
    named = Utterance(speaker=said.speaker, words=(*words, *said.words[3:]))
    told = first.model_copy(update={"utterances": (*first.utterances[:-1], named)})
    return segmentation.model_copy(update={"segments": (told, *rest)})


def _run(workshop: Workshop) -> RecordingRun:
    """The last two stages on such a meeting."""
    run = RecordingRun(workshop, workshop.catalogue.meeting("essai-plain"), Silence())
    for stage in (Stage.INGEST, Stage.TRANSCRIBE, Stage.SEGMENT):
        assert run.run(stage).outcome is Outcome.REUSED
    run._outputs[Stage.SEGMENT] = _says_a_name(run._before(Stage.SEGMENT, Segmentation))
    for stage in (Stage.RENDER, Stage.INDEX):
        assert run.run(stage).outcome is Outcome.DONE
    return run


def _found(workshop: Workshop) -> tuple[Hit, ...]:
    """What a visitor finds who asks for the name."""
    request = Request(NAME, Mode.KEYWORD)
    return search(
        IndexReader(workshop.settings.index_folder), lambda: workshop.embedder, request, Gate(workshop.catalogue)
    ).hits


def test_a_first_name_that_is_refused_is_gone_at_once_and_then_from_every_file(alone: tuple[Settings, Path]) -> None:
    """Agreed to: found. Refused: its clip is gone; then made again masked, and no caption, record or index holds it."""
    workshop = workshop_of(alone[0])
    run = _run(workshop)
    assert refresh_index(workshop).problem == ""
    named = {one.id for one in (hit.clip for hit in _found(workshop))}
    meeting = workshop.catalogue.meeting("essai-plain")

    refused = Taken(purposes=frozenset({Purpose.SHOW_FIRST_NAME}))
    done = withdraw(workshop.catalogue, workshop.erasures, meeting, PersonId("jeune"), Channel.LINK, refused)
    at_once = _found(workshop)
    (erased,) = night.erase(workshop, Silence())
    run = _run(workshop)
    assert refresh_index(workshop).problem == ""

    clips = {one.clip.id: one.clip for one in workshop.catalogue.live_of(run.id).values()}
    made = [path for stage in (Stage.RENDER, Stage.INDEX) for path in workshop.outputs.files(run.id, stage)]
    index = [path for path in alone[0].index_folder.rglob("*") if path.is_file()]
    assert (1, True, ()) == (len(named), named <= set(done.clips), at_once)  # others may be named in other clips
    assert erased.done, erased.sentence
    assert {Naming.MASKED} == {clip.names for clip in clips.values()}
    assert [MASK in " ".join(one.text for one in clips[clip_id].sentences) for clip_id in named] == [True]
    assert () == _found(workshop)
    for path in (*made, *index):
        assert NAME.casefold().encode() not in path.read_bytes().lower(), path.name
