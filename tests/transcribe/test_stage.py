"""The transcribe stage, with the real faster-whisper in its real process, on spoken French."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from consent.records import PersonId, Purpose, RecordingId, Span
from pipeline.errors import ModelUnavailable, TranscriptionFailed
from pipeline.records import Cue, Recording, Sidecar, Transcript, TranscriptOrigin, Word
from pipeline.transcribe.job import Block, Job
from pipeline.transcribe.listening import Source, _run_worker, listen
from pipeline.transcribe.options import SpeechSettings, options_for
from pipeline.transcribe.processor import Device, Processor
from pipeline.transcribe.stage import provenance_of, transcribe
from tests.transcribe.recordings import NOW, PRO, YOUNG, after, clearance, recording
from tests.transcribe.speech import RATE, Samples, say, silence

QUESTION = "Bonjour, est-ce que vous pouvez présenter votre métier en quelques mots ?"
ANSWER = "Je suis boulangère depuis douze ans, j'ai commencé par un apprentissage."


def _settings(whisper: Path, block_s: float = 900) -> SpeechSettings:
    return SpeechSettings(model=str(whisper), threads=1, block_s=block_s)


class Told:
    """What the caller was told of the progress."""

    def __init__(self) -> None:
        self.steps: list[tuple[float, float]] = []

    def __call__(self, done: float, total: float) -> None:
        self.steps.append((done, total))


class Interrupting(Told):
    """Ctrl-C at the first news."""

    def __call__(self, done: float, total: float) -> None:
        super().__call__(done, total)
        raise KeyboardInterrupt


def _run(one: Recording, folder: Path, settings: SpeechSettings, told: Told | None = None) -> Transcript:
    made = provenance_of(one, "sha256:test", options_for(one, settings), NOW)
    return transcribe(one, folder, clearance(), settings, folder / "partial", made, told or Told())


def _words(transcript: Transcript, speaker: PersonId | None) -> list[Word]:
    return [word for one in transcript.utterances if one.speaker == speaker for word in one.words]


def _workers() -> list[int]:
    """Processes that this one started and that hold a speech model."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue  # it ended meanwhile
        if parent == os.getpid() and b"pipeline.transcribe.worker" in command:
            found.append(int(folder.name))
    return found


@pytest.fixture(scope="module")
def two_sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Recording]:
    """A question on one track, then the answer on the other, which started two seconds before the recording."""
    folder = tmp_path_factory.mktemp("deux")
    question, answer = say(QUESTION, "fr"), say(ANSWER, "fr+f2")
    tracks: dict[PersonId | None, Samples] = {
        YOUNG: after(1, question, 14),
        PRO: after(9, answer, 16),
    }
    return folder, recording(folder, tracks, offsets={PRO: -2.0}, duration=14)


def test_each_track_gives_its_person_s_words_on_the_recording_s_clock(
    whisper: Path, two_sides: tuple[Path, Recording]
) -> None:
    """Both speak, each where they spoke: the track's offset is counted."""
    folder, one = two_sides
    told = Told()

    transcript = _run(one, folder, _settings(whisper), told)

    asked, answered = _words(transcript, YOUNG), _words(transcript, PRO)
    assert "Bonjour, j'ai un métier en alternance depuis douze ans ?" in transcript.utterances[0].text
    assert {"Bonjour,", "j'ai", "ans ?"} <= {word.text for word in asked}
    assert 0.5 < asked[0].span.start < asked[-1].span.end < 7
    assert 6.5 < answered[0].span.start < answered[-1].span.end <= 14
    assert all(0 <= word.probability <= 1 for word in [*asked, *answered])
    starts = [utterance.span.start for utterance in transcript.utterances]
    assert sorted(starts) == starts
    assert told.steps[0] == (0.0, 30.0)
    assert told.steps[-1] == (30.0, 30.0)
    assert (TranscriptOrigin.MODEL, "fr", one.id) == (transcript.origin, transcript.language, transcript.recording_id)


def test_words_before_the_recording_s_start_or_after_its_end_are_dropped(whisper: Path, tmp_path: Path) -> None:
    """A track that began earlier and ended later holds words that are in no picture."""
    speech = say(f"{QUESTION} {ANSWER}", "fr")
    one = recording(tmp_path, {PRO: speech}, offsets={PRO: -3.0}, duration=4)

    words = _words(_run(one, tmp_path, _settings(whisper)), PRO)

    assert words
    assert all(0 <= word.span.start < word.span.end <= 4 for word in words)


def test_a_mix_gives_words_of_nobody(whisper: Path, tmp_path: Path) -> None:
    """Without separate tracks the speaker is unknown, never guessed."""
    transcript = _run(recording(tmp_path, {None: say(QUESTION)}), tmp_path, _settings(whisper))

    assert {None} == {utterance.speaker for utterance in transcript.utterances}


def test_a_recording_without_speech_gives_an_empty_transcript(whisper: Path, tmp_path: Path) -> None:
    """Silence, and a track of no sample at all, are no error and no invented words."""
    hiss = (np.random.default_rng(0).standard_normal(4 * RATE) * 30).astype(np.int16)
    one = recording(tmp_path, {PRO: hiss, YOUNG: silence(0)})

    assert _run(one, tmp_path, _settings(whisper)).utterances == ()


def test_a_killed_worker_is_told_and_only_its_missing_blocks_are_done_again(whisper: Path, tmp_path: Path) -> None:
    """Kill −9 after the first block: a French sentence, then the first block is kept and the rest is the same."""
    speech = np.concatenate([say(QUESTION), silence(1), say(ANSWER), silence(1)] * 4)
    killed, whole = tmp_path / "tuee", tmp_path / "entiere"
    for folder in (killed, whole):
        folder.mkdir()
    one = recording(killed, {PRO: speech})
    recording(whole, {PRO: speech})
    settings = _settings(whisper, block_s=3)

    class Killing(Told):
        def __call__(self, done: float, total: float) -> None:
            super().__call__(done, total)
            if (killed / "partial" / "track-0-block-0.json").exists():
                for worker in _workers():
                    os.kill(worker, signal.SIGKILL)

    with pytest.raises(TranscriptionFailed, match=r"a été tué.*blocs déjà transcrits sont conservés"):
        _run(one, killed, settings, Killing())
    kept = killed / "partial" / "track-0-block-0.json"
    before = kept.stat()
    transcript = _run(one, killed, settings)

    assert (before.st_ino, before.st_mtime_ns) == (kept.stat().st_ino, kept.stat().st_mtime_ns)
    assert len(list((killed / "partial").glob("track-0-block-*.json"))) > 10
    assert _run(one, whole, settings).utterances == transcript.utterances
    for path in (killed / "partial").glob("track-0-block-*.json"):
        block = Block.model_validate_json(path.read_bytes())
        first, last = block.span.first / RATE, block.span.last / RATE
        assert all(first <= word.span.start < word.span.end <= last + 1e-6 for word in block.words), path.name


def test_an_interrupted_caller_leaves_no_worker(whisper: Path, tmp_path: Path) -> None:
    """Ctrl-C in the night ends the speech model's process at once."""
    one = recording(tmp_path, {PRO: say(QUESTION)})

    with pytest.raises(KeyboardInterrupt):
        _run(one, tmp_path, _settings(whisper), Interrupting())

    assert _workers() == []


def test_a_worker_ends_when_its_caller_dies(whisper: Path, tmp_path: Path) -> None:
    """Its standard input closed, the worker stops, even before its work is done."""
    one = recording(tmp_path, {PRO: np.concatenate([say(QUESTION)] * 20)})
    settings = _settings(whisper, block_s=6)
    with pytest.raises(KeyboardInterrupt):
        _run(one, tmp_path, settings, Interrupting())

    worker = subprocess.Popen(
        [sys.executable, "-m", "pipeline.transcribe.worker", str(tmp_path / "partial" / "job.json")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert worker.stdout is not None
    assert worker.stdin is not None
    worker.stdout.readline()
    worker.stdin.close()
    worker.stdout.read()
    worker.stdout.close()

    assert worker.wait() == 2


def test_a_damaged_block_is_done_again(whisper: Path, tmp_path: Path) -> None:
    """Half a file in the partial folder is no transcript."""
    one = recording(tmp_path, {PRO: say(QUESTION)})
    first = _run(one, tmp_path, _settings(whisper))
    kept = tmp_path / "partial" / "track-0-block-0.json"
    kept.write_bytes(kept.read_bytes()[:100])

    assert first.utterances == _run(one, tmp_path, _settings(whisper)).utterances


def test_damaged_weights_are_told_in_french(whisper: Path, tmp_path: Path) -> None:
    """The native loader's message reaches the operator inside our sentence, with the setting."""
    model = Path(shutil.copytree(whisper, tmp_path / "modele"))
    (model / "model.bin").write_bytes((model / "model.bin").read_bytes()[:5000])
    one = recording(tmp_path, {PRO: say(QUESTION)})

    with pytest.raises(ModelUnavailable, match=r"ne peut pas être chargé \(.+\) ; .*VIDEOTHEQUE_ASR_MODEL"):
        _run(one, tmp_path, _settings(model))


def test_a_truncated_track_stops_with_its_name(whisper: Path, tmp_path: Path) -> None:
    """A track that lost its end since ingest is told, not transcribed up to there."""
    one = recording(tmp_path, {PRO: say(QUESTION)})
    path = tmp_path / "track-0.wav"
    path.write_bytes(path.read_bytes()[:30_000])

    with pytest.raises(TranscriptionFailed, match=r"track-0\.wav"):
        _run(one, tmp_path, _settings(whisper))


def _with_sidecar(folder: Path) -> Recording:
    cues = (
        Cue(span=Span(start=1, end=3), speaker=YOUNG, text="C'est quoi votre métier ?"),
        Cue(span=Span(start=3, end=6), speaker=PRO, text="Je suis boulangère,"),
        Cue(span=Span(start=6, end=8), speaker=PRO, text="depuis douze ans."),
    )
    sidecar = Sidecar(origin=TranscriptOrigin.PLATFORM, cues=cues)
    return recording(folder, {PRO: after(1, np.concatenate([say(QUESTION), say(ANSWER)]), 10)}, sidecar=sidecar)


def test_the_platform_s_transcript_is_used_and_no_model_is_needed(tmp_path: Path) -> None:
    """With its own transcript a recording needs no speech model: the setting may name nothing."""
    told = Told()

    transcript = _run(_with_sidecar(tmp_path), tmp_path, SpeechSettings(model="/nulle/part"), told)

    assert [(one.speaker, one.text) for one in transcript.utterances] == [
        (YOUNG, "C'est quoi votre métier ?"),
        (PRO, "Je suis boulangère, depuis douze ans."),
    ]
    assert transcript.origin == TranscriptOrigin.PLATFORM
    assert told.steps[-1] == (10.0, 10.0)
    assert not (tmp_path / "partial").exists()


def test_the_platform_s_transcript_loads_no_speech_library(tmp_path: Path) -> None:
    """Neither faster-whisper nor CTranslate2 is imported on that path."""
    program = (
        "import sys; from pathlib import Path; import tests.transcribe.test_stage as t\n"
        "for name in [n for n in sys.modules if n.split('.')[0] in ('faster_whisper', 'ctranslate2')]:\n"
        "    raise SystemExit(f'imported with the stage: {name}')\n"
        "folder = Path(sys.argv[1]); t._run(t._with_sidecar(folder), folder, t.SpeechSettings(model='/nulle/part'))\n"
        "raise SystemExit('ctranslate2' in sys.modules or 'faster_whisper' in sys.modules)\n"
    )

    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_clearance_of_another_recording_or_purpose_opens_nothing(whisper: Path, tmp_path: Path) -> None:
    """Consent is asked first: no model, no track, no sidecar without it."""
    one = _with_sidecar(tmp_path)
    settings = _settings(whisper)
    made = provenance_of(one, None, options_for(one, settings), NOW)

    for wrong in (clearance(RecordingId("rec-ffffffffffffffff")), clearance(purpose=Purpose.RECORD)):
        with pytest.raises(PermissionError):
            transcribe(one, tmp_path, wrong, settings, tmp_path / "partial", made, Told())


def test_the_key_changes_with_the_model_and_its_options_only_where_a_model_listens(tmp_path: Path) -> None:
    """A new speech model redoes what it wrote, never what a platform wrote."""
    heard, given = recording(tmp_path, {PRO: silence(1)}), _with_sidecar(tmp_path)
    long, short = SpeechSettings(model="a"), SpeechSettings(model="a", block_s=60, threads=2)

    def key(one: Recording, model: str | None, settings: SpeechSettings) -> str:
        return provenance_of(one, model, options_for(one, settings), NOW).key

    assert key(heard, "a", long) != key(heard, "b", long)
    assert key(heard, "a", long) != key(heard, "a", short)
    assert key(heard, "a", long) == key(heard, "a", long.model_copy(update={"threads": 2}))
    assert key(given, None, long) == key(given, "b", short)


def test_progress_is_told_within_a_block(whisper: Path, tmp_path: Path) -> None:
    """A quarter of an hour without news looks like a program that hangs."""
    one = recording(tmp_path, {PRO: np.concatenate([say(QUESTION), silence(1)] * 15)})
    told = Told()

    _run(one, tmp_path, _settings(whisper), told)

    inside = [done for done, total in told.steps if 0 < done < total]
    assert len(list((tmp_path / "partial").glob("track-0-block-*.json"))) == 1
    assert len(inside) >= 2
    assert sorted(told.steps) == told.steps


def test_what_is_not_kept_is_not_promised(whisper: Path, tmp_path: Path) -> None:
    """Outside the library the finished blocks go with the command."""
    one = recording(tmp_path, {PRO: say(QUESTION)})
    source = Source(recording_id=one.id, tracks=one.tracks, folder=tmp_path, duration=one.media.duration)

    class Killing(Told):
        def __call__(self, done: float, total: float) -> None:
            super().__call__(done, total)
            for worker in _workers():
                os.kill(worker, signal.SIGKILL)

    settings = _settings(whisper)
    with pytest.raises(TranscriptionFailed, match=r"a été tué.*relancez la transcription\.$"):
        listen(
            source, clearance(), settings, options_for(one, settings), tmp_path / "partial", Killing(), lasting=False
        )


def test_a_card_that_fails_is_told_and_the_work_is_done(
    whisper: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Sent to a graphics card that is not there, the worker goes on with the processor."""
    one = recording(tmp_path, {PRO: say(QUESTION)})
    job = Job(
        model_folder=whisper,
        processor=Processor(device=Device.CUDA, compute_types=("float16",)),
        threads=1,
        options=options_for(one, _settings(whisper)),
        tracks=(tmp_path / one.tracks[0].file,),
        partial=tmp_path / "partial",
    )

    _run_worker(job, str(whisper), Told(), lasting=True)

    assert (tmp_path / "partial" / "track-0-block-0.json").exists()
    (notice,) = [record.message for record in caplog.records]
    assert notice.startswith("La carte graphique ne peut pas calculer")


def test_a_card_that_ends_the_process_can_be_done_without(whisper: Path, tmp_path: Path) -> None:
    """Its libraries abort where they do not suit the driver: the sentence says how to go on without it."""
    one = recording(tmp_path, {PRO: say(QUESTION)})
    job = Job(
        model_folder=whisper,
        processor=Processor(device=Device.CUDA, compute_types=("float16",)),
        threads=1,
        options=options_for(one, _settings(whisper)),
        tracks=(tmp_path / one.tracks[0].file,),
        partial=tmp_path / "partial",
    )

    class Aborting(Told):
        def __call__(self, done: float, total: float) -> None:
            super().__call__(done, total)
            for worker in _workers():
                os.kill(worker, signal.SIGABRT)

    with pytest.raises(TranscriptionFailed, match=r"signal 6 sur la carte graphique ;.*CUDA_VISIBLE_DEVICES=-1"):
        _run_worker(job, str(whisper), Aborting(), lasting=True)


def test_a_language_that_no_model_knows_starts_no_worker(whisper: Path, tmp_path: Path) -> None:
    """Whatever « language » of meeting.json or the settings say."""
    one = recording(tmp_path, {PRO: say(QUESTION)}).model_copy(update={"language": "xx"})

    with pytest.raises(ModelUnavailable, match="la langue « xx »"):
        _run(one, tmp_path, _settings(whisper))

    assert not (tmp_path / "partial").exists()
