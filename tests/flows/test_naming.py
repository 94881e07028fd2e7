"""Names that nobody agreed to: from the words that were heard to what is served and searched, nothing holds them."""

from __future__ import annotations

from pathlib import Path

from consent.records import Naming
from flows.generations import refresh_index
from flows.progress import Silence
from flows.recording import RecordingRun
from flows.workshop import Workshop
from pipeline.index.reader import IndexReader
from pipeline.index.search import Request, search
from pipeline.records import Mode, Outcome, Segmentation, Stage, Utterance
from pipeline.segment.masking import MASK
from pipeline.settings import Settings
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


def test_a_name_that_nobody_agreed_to_is_written_nowhere_that_is_served(alone: tuple[Settings, Path]) -> None:
    """Captions, the clip's record, the catalogue and the index: masked; and no search for it finds the clip."""
    workshop = workshop_of(alone[0])
    run = _run(workshop)
    assert refresh_index(workshop).problem == ""

    clips = [one.clip for one in workshop.catalogue.live_of(run.id).values()]
    made = [
        path.read_bytes() for stage in (Stage.RENDER, Stage.INDEX) for path in workshop.outputs.files(run.id, stage)
    ]
    index = [path.read_bytes() for path in alone[0].index_folder.rglob("*") if path.is_file()]
    found = search(
        IndexReader(alone[0].index_folder),
        lambda: workshop.embedder,
        Request(NAME, Mode.KEYWORD),
        Gate(workshop.catalogue),
    )

    assert {Naming.MASKED} == {clip.names for clip in clips}
    assert any(MASK in sentence.text for clip in clips for sentence in clip.sentences)
    assert any(MASK.encode() in content for content in made)
    for kept in (*made, *index):
        assert NAME.casefold().encode() not in kept.lower()
    assert () == found.hits
