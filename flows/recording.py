"""One recording, stage by stage: clear, reuse or produce, report. Plain Python; Prefect wraps it elsewhere."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from consent.clearance import Clearance
from consent.errors import ConsentDenied, ConsentError
from consent.records import PART, RecordingId
from flows.approvals import told_of
from flows.progress import Progress
from flows.retention import GONE, SourceGone, kept_rendering
from flows.telling import count, length, tracks, unknown_speakers
from flows.workshop import STAGE_PURPOSES, Workshop
from pipeline.catalogue import RegisteredMeeting
from pipeline.errors import (
    InvalidMeeting,
    NothingToPublish,
    PipelineError,
    RefusedMedia,
    TranscriptRefused,
)
from pipeline.index import stage as index_stage
from pipeline.ingest import stage as ingest_stage
from pipeline.meeting import read_meeting
from pipeline.naming import known_names
from pipeline.outputs import system_sentence
from pipeline.records import (
    Embedding,
    Outcome,
    Provenance,
    Recording,
    Rendering,
    Segmentation,
    Stage,
    StageReport,
    Transcript,
)
from pipeline.render import stage as render_stage
from pipeline.segment import stage as segment_stage
from pipeline.segment.edits import edited
from pipeline.segment.masking import named
from pipeline.transcribe import stage as transcribe_stage
from pipeline.transcribe.hallucinations import told
from pipeline.transcribe.model import find_model
from pipeline.transcribe.options import SpeechSettings, options_for

log = logging.getLogger(__name__)

LASTING = (RefusedMedia, TranscriptRefused, InvalidMeeting, SourceGone)
"""Failures that come back as long as the files are the same: not tried again until something changes."""

_Output = TypeVar("_Output", Recording, Transcript, Segmentation, Rendering, Embedding)


class RecordingRun:
    """The stages of one recording in one run.

    ``redo_from`` names the first stage that is done again even where its output exists. ``lasting`` says, after
    a failure, whether trying again without a change would be vain.
    """

    def __init__(
        self, workshop: Workshop, registered: RegisteredMeeting, progress: Progress, redo_from: Stage | None = None
    ) -> None:
        self.workshop = workshop
        self.id: RecordingId = registered.recording_id
        self.name = registered.meeting_id
        self.folder = registered.folder
        self.progress = progress
        self.redo_from = redo_from
        self.lasting = False
        self.empty = False
        self._reused = False
        self._outputs: dict[Stage, BaseModel] = {}

    def run(self, stage: Stage) -> StageReport:
        """Do one stage (those before it were done by this same object) and report; raises nothing."""
        self.progress.stage(self.name, stage)
        started = time.monotonic()
        self._reused = False
        outcome, detail = self._attempt(stage)
        report = StageReport(
            recording_id=self.id,
            stage=stage,
            outcome=outcome,
            seconds=time.monotonic() - started,
            detail=detail,
            finished_at=self.workshop.clock(),
        )
        self.workshop.journal.report(report)
        if outcome in (Outcome.FAILED, Outcome.DENIED) or self.empty:
            order = list(Stage)
            self.workshop.journal.drop_reports(self.id, order[order.index(stage) + 1 :])
        self.progress.finished(self.name, report)
        return report

    def _attempt(self, stage: Stage) -> tuple[Outcome, str]:
        try:
            clearance = self.workshop.register.clear(self.id, *STAGE_PURPOSES[stage], place=PART)
            detail = self._made(stage, clearance)
        except ConsentDenied as error:
            self.workshop.enforce_consent(self.id)
            return Outcome.DENIED, str(error)
        except NothingToPublish as error:
            self.empty = True
            self.workshop.catalogue.unpublish(self.id)
            return Outcome.DONE, str(error)
        except (PipelineError, ConsentError) as error:
            self.lasting = isinstance(error, LASTING)
            return Outcome.FAILED, str(error)
        except OSError as error:
            return Outcome.FAILED, system_sentence(error)
        except Exception as error:  # one bad recording never stops the night
            # The message of an unknown error may quote the meeting; its type and place never do.
            places = "".join(traceback.format_tb(error.__traceback__))
            log.warning("unexpected %s in %s of %s\n%s", type(error).__name__, stage.value, self.id, places)
            return Outcome.FAILED, (
                f"Erreur inattendue ({type(error).__name__}) pendant l'étape « {stage.french} » ; relancez, et si elle "
                "revient, signalez-la avec le journal."
            )
        return (Outcome.REUSED if self._reused else Outcome.DONE), detail

    def _made(self, stage: Stage, clearance: Clearance) -> str:
        """Do a stage; of a recording whose source somebody did not want kept, only its clips can be read again."""
        if stage is Stage.INDEX or self.workshop.catalogue.source_gone(self.id) is None:
            return self._steps[stage](self, clearance)
        rendering = kept_rendering(self.workshop, self.id)
        if not rendering.clips:
            raise NothingToPublish(f"{GONE[0].upper()}{GONE[1:]}, et il n'y en a plus ; rien à faire.")
        self._outputs[Stage.RENDER] = rendering
        self._reused = True
        return GONE

    # --- the stages ---

    def _ingest(self, clearance: Clearance) -> str:
        workshop, settings = self.workshop, self.workshop.settings
        meeting = read_meeting(self.folder)
        hashes = {name: self._hash(name, clearance) for name in meeting.files()}
        workshop.refuse_twin(self.id, hashes[meeting.recording])
        spoken, unheard = settings.language, workshop.unheard(self.id)
        made = ingest_stage.provenance_of(meeting, hashes, spoken, workshop.clock(), unheard)

        def make(into: Path) -> Recording:
            return ingest_stage.ingest(
                meeting, self.folder, clearance, settings.media, into, made, language=spoken, unheard=unheard
            )

        recording = self._output(Stage.INGEST, made, Recording, make)
        return " ; ".join((f"{length(recording.media.duration)}, {tracks(recording)}", *recording.remarks))

    def _transcribe(self, clearance: Clearance) -> str:
        workshop, recording = self.workshop, self._before(Stage.INGEST, Recording)
        folder = workshop.outputs.folder(self.id, Stage.INGEST, recording.provenance.key)
        chosen = workshop.settings
        speech = SpeechSettings(
            model=chosen.asr_model,
            revision=chosen.asr_revision,
            threads=chosen.asr_threads,
            block_s=chosen.asr_block_s,
        )
        # With a transcript of its own, a recording must not fail for a model that nobody needs.
        model = find_model(speech.model, speech.revision).identity if recording.sidecar is None else None
        made = transcribe_stage.provenance_of(recording, model, options_for(recording, speech), workshop.clock())

        def make(_into: Path) -> Transcript:
            partial = workshop.outputs.partial(self.id, Stage.TRANSCRIBE, made.key)
            return transcribe_stage.transcribe(
                recording, folder, clearance, speech, partial, made, self._advance(Stage.TRANSCRIBE)
            )

        transcript = self._output(Stage.TRANSCRIBE, made, Transcript, make)
        words = sum(len(utterance.words) for utterance in transcript.utterances)
        aside = f" ; {told(transcript.doubts)}" if transcript.doubts else ""
        return f"{words} mots, {transcript.origin.french}{unknown_speakers(transcript, words)}{aside}"

    def _segment(self, clearance: Clearance) -> str:
        recording = self._before(Stage.INGEST, Recording)
        transcript = self._before(Stage.TRANSCRIBE, Transcript)
        lengths, codes = self.workshop.settings.clips, self.workshop.referential
        embedder = self.workshop.embedder
        made = segment_stage.provenance_of(recording, transcript, lengths, self.workshop.clock(), codes, embedder)

        def make(_into: Path) -> Segmentation:
            return segment_stage.segment(recording, transcript, clearance, lengths, made, codes, embedder)

        segmentation = self._output(Stage.SEGMENT, made, Segmentation, make)
        if not segmentation.segments:
            raise NothingToPublish("Aucun échange de cette rencontre ne peut devenir un extrait ; rien à faire.")
        kept = sum(segment.span.duration for segment in segmentation.segments)
        return f"{count(segmentation.segments, 'extrait')}, {length(kept)} en tout"

    def _render(self, clearance: Clearance) -> str:
        recording = self._before(Stage.INGEST, Recording)
        segmentation = self._wanted(recording, self._before(Stage.SEGMENT, Segmentation), clearance)
        made = render_stage.provenance_of(recording, segmentation, self.workshop.clock())

        def make(into: Path) -> Rendering:
            # Asked of the folder now, not kept from the ingest: an operator may have moved it since.
            name, limits = read_meeting(self.folder).recording, self.workshop.settings.media
            if self._hash(name, clearance) != recording.media.sha256:
                raise render_stage.changed()
            source, advance = self.folder / name, self._advance(Stage.RENDER)
            return render_stage.render(recording, source, segmentation, clearance, limits, into, made, advance)

        return count(self._output(Stage.RENDER, made, Rendering, make).clips, "extrait monté")

    def _wanted(self, recording: Recording, segmentation: Segmentation, clearance: Clearance) -> Segmentation:
        """The segmentation without what the persons recorded took back, and with no name that they did not agree to."""
        wanted = edited(
            recording, segmentation, clearance.exclusions, self.workshop.referential, self.workshop.embedder
        )
        if not wanted.segments:
            raise NothingToPublish("Les personnes filmées ont retiré chaque extrait de cette rencontre ; rien à faire.")
        declared = known_names(self.workshop.register, self.workshop.catalogue.meeting(self.name))
        return named(wanted, declared, self.workshop.may_name(self.id, wanted.segments))

    def _index(self, clearance: Clearance) -> str:
        workshop, rendering = self.workshop, self._before(Stage.RENDER, Rendering)
        if not workshop.embedder_loaded:
            self.progress.note("    chargement du modèle sémantique…")
        made = index_stage.provenance_of(rendering, workshop.embedder.identity, workshop.clock())

        def make(into: Path) -> Embedding:
            return index_stage.embed(rendering, clearance, workshop.embedder, into, made)

        self._output(Stage.INDEX, made, Embedding, make)
        # The agreements are asked again here, and once more inside the transaction that publishes.
        fresh = workshop.register.clear(self.id, *STAGE_PURPOSES[Stage.INDEX], place=PART)
        workshop.catalogue.publish(fresh, self.id, rendering.clips, rendering.provenance.key, made.key)
        self._prune()
        return told_of(self.workshop, self.id, self.name)

    _steps = {  # noqa: RUF012 - a table, never changed
        Stage.INGEST: _ingest,
        Stage.TRANSCRIBE: _transcribe,
        Stage.SEGMENT: _segment,
        Stage.RENDER: _render,
        Stage.INDEX: _index,
    }

    # --- helpers ---

    def _hash(self, name: str, clearance: Clearance) -> str:
        return self.workshop.file_hash(self.id, clearance, (self.folder / name).resolve())

    def _output(self, stage: Stage, made: Provenance, kind: type[_Output], make: Callable[[Path], _Output]) -> _Output:
        store, order = self.workshop.outputs, list(Stage)
        redo = self.redo_from is not None and order.index(stage) >= order.index(self.redo_from)
        output = None if redo else store.load(self.id, stage, made.key, kind)
        self._reused = output is not None
        if output is None:
            output = store.produce(self.id, stage, made.key, make)
        self._outputs[stage] = output
        return output

    def _before(self, stage: Stage, kind: type[_Output]) -> _Output:
        output = self._outputs[stage]
        if not isinstance(output, kind):
            raise TypeError(f"{stage.value} left a {type(output).__name__}")
        return output

    def _advance(self, stage: Stage) -> Callable[[float, float], None]:
        return lambda done, total: self.progress.advance(self.name, stage, done, total)

    def _prune(self) -> None:
        """Remove the outputs that the ones just published replace."""
        for stage, output in self._outputs.items():
            made = getattr(output, "provenance", None)
            if isinstance(made, Provenance):
                self.workshop.outputs.keep_only(self.id, stage, made.key)
