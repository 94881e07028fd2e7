"""Ingest: every good form of meeting is read; every bad one is refused in one French sentence."""

import json
import shutil
import subprocess
import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from consent.records import Purpose, RecordingId, Role
from demo.cast import LATE_S, Variant
from demo.truth import Truth
from pipeline import ffmpeg
from pipeline.errors import FfmpegStopped, RefusedMedia, UnreadableFile
from pipeline.ingest.audio import extract_tracks, plan_tracks
from pipeline.ingest.probe import audio_channels, fingerprint, probe_recording, probe_track
from pipeline.ingest.stage import ingest, provenance_of
from pipeline.meeting import Meeting, read_meeting
from pipeline.outputs import OUTPUT_FILE, OutputStore
from pipeline.records import Recording, Stage, TrackOrigin, TranscriptOrigin
from pipeline.settings import MediaLimits
from tests.clearances import clearance_for
from tests.conftest import SmallMeeting

NOW = datetime(2026, 2, 1, tzinfo=UTC)
LIMITS = MediaLimits()


def ingested(folder: Path, into: Path, limits: MediaLimits = LIMITS) -> Recording:
    meeting = read_meeting(folder)
    made = provenance_of(meeting, dict.fromkeys(meeting.files(), "0" * 64), "fr", NOW)
    into.mkdir(exist_ok=True)
    clearance = clearance_for(meeting.recording_id, Purpose.TRANSCRIBE)
    return ingest(meeting, folder, clearance, limits, into, made, language="fr")


def samples(path: Path) -> npt.NDArray[np.int16]:
    """``(samples,)`` int16 of a 16 kHz mono WAV."""
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)


def loudness(sound: npt.NDArray[np.int16], start: float, end: float) -> float:
    """Root mean square between two instants, in sample units."""
    part = sound[round(start * 16_000) : round(end * 16_000)].astype(np.float64)
    return float(np.sqrt(np.mean(part**2)))


@pytest.mark.parametrize(
    ("variant", "origin"),
    [
        (Variant.SEPARATE_FILES, TrackOrigin.OWN_FILE),
        (Variant.STEREO, TrackOrigin.STEREO_SIDE),
    ],
)
def test_each_person_has_their_own_voice_and_nobody_elses(
    small_meeting: SmallMeeting, tmp_path: Path, variant: Variant, origin: TrackOrigin
) -> None:
    """Where people are heard apart, each track, on the recording's clock, sounds when that person speaks only."""
    folder = small_meeting(variant)
    truth = Truth.model_validate_json((folder / "truth.json").read_text("utf-8"))

    recording = ingested(folder, tmp_path / "out")

    assert [track.origin for track in recording.tracks] == [origin, origin]
    for track in recording.tracks:
        sound = samples(tmp_path / "out" / track.file)
        for utterance in truth.utterances:
            start, end = utterance.span.start - track.offset, utterance.span.end - track.offset
            if start < 0 or end > track.duration:
                continue
            heard = loudness(sound, start, end)
            assert heard > 300 if utterance.speaker == track.person else heard < 100


def test_a_file_that_begins_late_keeps_its_offset(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """The young person's own file began late: the track says by how much."""
    recording = ingested(small_meeting(Variant.SEPARATE_FILES), tmp_path / "out")

    offsets = {recording.role_of(track.person): track.offset for track in recording.tracks}

    assert offsets == pytest.approx({Role.PROFESSIONAL: 0.0, Role.YOUNG_PERSON: LATE_S}, abs=0.03)


def test_a_mix_is_one_track_of_nobody_in_particular(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """One microphone for two people: no guess at who speaks, and the platform's transcript is read."""
    recording = ingested(small_meeting(Variant.PLATFORM_TRANSCRIPT), tmp_path / "out")

    assert [(track.person, track.origin) for track in recording.tracks] == [(None, TrackOrigin.MIX)]
    assert recording.sidecar is not None
    assert recording.sidecar.origin is TranscriptOrigin.PLATFORM
    assert {recording.role_of(cue.speaker) for cue in recording.sidecar.cues} == {Role.PROFESSIONAL, Role.YOUNG_PERSON}


def test_a_browser_recording_without_duration_is_measured(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """A WebM that states no duration and no constant rate gets both from its packets."""
    folder = small_meeting(Variant.WEBM)
    truth = Truth.model_validate_json((folder / "truth.json").read_text("utf-8"))

    media = ingested(folder, tmp_path / "out").media

    assert media.variable_frame_rate
    assert media.duration == pytest.approx(truth.duration, abs=0.1)


def test_sound_that_starts_late_is_heard_when_it_was(tmp_path: Path, meeting_with: "MakeMeeting") -> None:
    """Sound that begins 1.5 s after the picture is padded, so that times count from the recording's start."""
    folder = meeting_with("-itsoffset 1.5 -f lavfi -i sine=440:d=5", "-f lavfi -i testsrc2=s=320x180:r=25:d=7")

    recording = ingested(folder, tmp_path / "out")

    sound = samples(tmp_path / "out" / recording.tracks[0].file)
    assert loudness(sound, 0.1, 1.4) < 10
    assert loudness(sound, 1.6, 3) > 300


def test_names_go_no_further_than_the_folder(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """No participant's name is in anything that ingest leaves."""
    folder = tmp_path / "Entretien Zoé Quémeneur"
    shutil.copytree(small_meeting(Variant.PLATFORM_TRANSCRIPT), folder)
    described = read_meeting(folder)
    people = tuple(
        person.model_copy(update={"name": name})
        for person, name in zip(described.participants, ("Zoé Quémeneur", "Côme Évanno"), strict=False)
    )
    recording = (folder / described.recording).rename(folder / "Zoé et Côme.mp4").name
    meeting = described.model_copy(update={"participants": people, "recording": recording})
    made = provenance_of(meeting, dict.fromkeys(meeting.files(), "0" * 64), "fr", NOW)
    clearance = clearance_for(meeting.recording_id, Purpose.TRANSCRIBE)
    store = OutputStore(tmp_path / "outputs")

    store.produce(
        meeting.recording_id,
        Stage.INGEST,
        made.key,
        lambda into: ingest(meeting, folder, clearance, LIMITS, into, made, language="fr"),
    )

    assert [person.name for person in meeting.participants] == ["Zoé Quémeneur", "Côme Évanno"]
    written = {path.name: path.read_bytes() for path in (tmp_path / "outputs").rglob("*") if path.is_file()}
    assert OUTPUT_FILE in written
    for name in ("Zoé", "Quémeneur", "Côme", "Évanno", str(tmp_path)):
        for spelt in (name, json.dumps(name)[1:-1], json.dumps(json.dumps(name))[3:-3]):
            assert [] == [file for file, content in written.items() if spelt.encode() in content]


def test_the_description_changes_the_key_and_the_consents_do_not(small_meeting: SmallMeeting) -> None:
    """Only a hash of the description is kept, and it follows everything but the consents."""
    meeting = read_meeting(small_meeting(Variant.PLATFORM_TRANSCRIPT))
    hashes = dict.fromkeys(meeting.files(), "0" * 64)
    renamed = meeting.participants[0].model_copy(update={"name": "Quelqu'un d'autre"})
    others = (
        meeting.model_copy(update={"consents": ()}),
        meeting.model_copy(update={"participants": (renamed, *meeting.participants[1:])}),
    )

    key, same, other = (provenance_of(one, hashes, "fr", NOW).key for one in (meeting, *others))

    assert key == same
    assert key != other


# --- faults -------------------------------------------------------------------------------------------

SINE = "-f lavfi -i sine=440:d=6"
PICTURE = "-f lavfi -i testsrc2=s=320x180:r=25:d=6"


class MakeMeeting:
    """Makes a meeting's folder around media that ffmpeg writes from lavfi inputs, or around given bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *inputs: str, name: str = "rencontre.mp4", options: str = "", content: bytes = b"") -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / name
        if inputs:
            command = [ffmpeg.executable(), "-hide_banner", "-loglevel", "error", "-y"]
            command += " ".join(inputs).split() + options.split()
            subprocess.run([*command, str(path)], check=True)
        else:
            path.write_bytes(content)
        self.describe(name)
        return self.folder

    def describe(self, recording: str, pro: object = None, young: object = None) -> None:
        """Write meeting.json; ``pro`` and ``young`` are their own tracks."""
        people: list[dict[str, object]] = [
            {"id": "pro", "role": "professional", "age_band": "adult", "track": pro},
            {"id": "jeune", "role": "young_person", "age_band": "adult", "track": young},
        ]
        meeting = {"id": "essai", "recording": recording, "recorded_at": NOW.isoformat(), "participants": people}
        (self.folder / "meeting.json").write_text(Meeting.model_validate(meeting).model_dump_json(), "utf-8")


@pytest.fixture
def meeting_with(tmp_path: Path) -> MakeMeeting:
    return MakeMeeting(tmp_path / "meeting")


def refused(folder: Path, tmp_path: Path, limits: MediaLimits = LIMITS) -> str:
    with pytest.raises(RefusedMedia) as caught:
        ingested(folder, tmp_path / "out", limits)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    names = {path.name for path in folder.iterdir()} - {"meeting.json"}
    assert not [name for name in names if name in sentence], "a file's name may be a person's"
    assert " ; " in sentence, "it must say what to do"
    return sentence


def test_an_empty_file_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """0 bytes: refused, and said."""
    assert "vide (0 octet)" in refused(meeting_with(content=b""), tmp_path)


def test_a_recording_without_sound_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Picture alone cannot be transcribed."""
    assert "pas de son" in refused(meeting_with(PICTURE), tmp_path)


def test_a_recording_without_picture_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Sound alone, even with a cover picture, is no recording to cut clips from."""
    assert "pas d'image" in refused(meeting_with(SINE), tmp_path)


@pytest.mark.parametrize("share", [0.06, 0.5, 0.9, 0.995])
@pytest.mark.parametrize("name", ["r.mp4", "r.webm", "r.mkv"])
def test_a_truncated_file_is_refused(meeting_with: MakeMeeting, tmp_path: Path, name: str, share: float) -> None:
    """A file that stops before its end is refused, wherever it stops, even where its header is whole."""
    options = "-c:v libvpx -deadline realtime -c:a libopus" if name == "r.webm" else "-movflags +faststart"
    options = "-c:v libx264 -c:a aac" if name == "r.mkv" else options
    folder = meeting_with(PICTURE, SINE, name=name, options=options)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: int(len(whole) * share)])

    assert "tronqué" in refused(folder, tmp_path)


def test_a_truncated_file_whose_index_is_at_the_end_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """An MP4 without its index cannot be read at all."""
    folder = meeting_with(PICTURE, SINE)
    whole = (folder / "rencontre.mp4").read_bytes()
    (folder / "rencontre.mp4").write_bytes(whole[: len(whole) // 2])

    assert "tronqué ou abîmé" in refused(folder, tmp_path)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{other}\n#EXT-X-ENDLIST\n", "liste de lecture"),
        ("ffconcat version 1.0\nfile '{other}'\n", "liste de fichiers"),
        ('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"/>', "image SVG"),
        ("ceci n'est pas une vidéo", "format accepté"),
    ],
)
@pytest.mark.parametrize("name", ["rencontre.mp4", "rencontre.m3u8", "rencontre.svg", "rencontre.ffconcat"])
def test_a_disguised_file_is_refused(
    meeting_with: MakeMeeting, tmp_path: Path, small_meeting: SmallMeeting, content: str, what: str, name: str
) -> None:
    """A playlist, a concatenation list or an SVG, under any name, never leads to another recording."""
    other = small_meeting(Variant.PLAIN) / "rencontre.mp4"
    folder = meeting_with(name=name, content=content.format(other=other).encode())

    assert what in refused(folder, tmp_path)
    assert not list((tmp_path / "out").iterdir())


def _zeroed(path: Path, count: int) -> None:
    """Put ``count`` zeros in the middle of a file."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + count] = bytes(count)
    path.write_bytes(content)


NOISE = "-f lavfi -i anoisesrc=d=20:a=0.3:seed=7"
LONGER_PICTURE = "-f lavfi -i testsrc2=s=640x360:r=25:d=20"


@pytest.mark.parametrize("name", ["r.mp4", "r.mkv", "r.avi", "r.webm"])
def test_a_hole_inside_a_recording_is_refused(meeting_with: MakeMeeting, tmp_path: Path, name: str) -> None:
    """60 kB of zeros in the middle: the container reads well, what it holds does not."""
    webm = "-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M -c:a libopus"
    folder = meeting_with(LONGER_PICTURE, NOISE, name=name, options=webm if name == "r.webm" else "-c:a aac")
    whole = ingested(folder, tmp_path / "whole")
    _zeroed(folder / name, 60_000)

    assert whole.media.duration == pytest.approx(20, abs=0.2)
    assert "abîmé" in refused(folder, tmp_path)


def test_a_hole_inside_a_persons_track_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """A person's own file is decoded as strictly, and the sentence says whose it is."""
    folder = meeting_with(PICTURE, SINE)
    encode = [ffmpeg.executable(), "-hide_banner", "-loglevel", "error", *NOISE.split(), "-c:a", "aac"]
    for name in ("a.m4a", "b.m4a"):
        subprocess.run([*encode, str(folder / name)], check=True)
    meeting_with.describe("rencontre.mp4", {"kind": "file", "file": "a.m4a"}, {"kind": "file", "file": "b.m4a"})
    _zeroed(folder / "b.m4a", 20_000)

    assert "la piste du jeune est abîmé" in refused(folder, tmp_path)


def test_mpeg_ts_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """It has no index, so that a cut could not be found in it; the sentence does not offer it either."""
    sentence = refused(meeting_with(PICTURE, SINE, name="r.ts"), tmp_path)

    assert "format accepté" in sentence
    assert "TS" not in sentence


@pytest.mark.parametrize("limits", [MediaLimits(ffmpeg_timeout_s=1e-6), MediaLimits(ffmpeg_memory_bytes=200 * 1024**2)])
def test_a_limit_reached_is_no_fault_of_the_file(
    small_meeting: SmallMeeting, tmp_path: Path, limits: MediaLimits
) -> None:
    """Out of time or memory, a good file is not refused for good: the setting is named, and it is tried again."""
    with pytest.raises(FfmpegStopped, match="VIDEOTHEQUE_MEDIA__FFMPEG_"):
        ingested(small_meeting(Variant.STEREO), tmp_path / "out", limits)


def test_a_file_that_cannot_be_read_now_is_not_refused_for_good(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Nothing there (a network folder that is away), or nothing that opens."""
    folder = meeting_with(PICTURE, SINE)
    meeting = read_meeting(folder)
    clearance = clearance_for(meeting.recording_id)

    for path in (tmp_path / "absent.mp4", tmp_path):
        with pytest.raises(UnreadableFile, match=r"l'enregistrement ne peut pas être lu .* ; .*\.$"):
            probe_recording(path, meeting.recording_id, clearance, LIMITS, "0" * 64)


def test_a_clock_that_does_not_start_at_zero_is_no_truncation(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """A Matroska that starts at 7.3 s promises the instant of its end, not its length."""
    folder = meeting_with(PICTURE, SINE, name="r.mkv", options="-output_ts_offset 7.3")

    media = ingested(folder, tmp_path / "out", MediaLimits(max_duration_s=10)).media

    assert media.duration == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("ending", ["aac", "mp3"])
def test_a_length_guessed_from_the_bit_rate_promises_nothing(
    meeting_with: MakeMeeting, tmp_path: Path, ending: str
) -> None:
    """Raw AAC, and MP3 without a header, whose first seconds are silent: neither cut short nor too long."""
    folder = meeting_with(PICTURE, SINE)
    sound = "aevalsrc='if(lt(t,30),0,0.4*random(0))':d=60:s=44100"
    options = ["-c:a", "aac", "-b:a", "128k"] if ending == "aac" else ["-q:a", "5", "-write_xing", "0"]
    for name in ("a", "b"):
        command = [ffmpeg.executable(), "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", sound, *options]
        subprocess.run([*command, str(folder / f"{name}.{ending}")], check=True)
    own = [{"kind": "file", "file": f"{name}.{ending}"} for name in ("a", "b")]
    meeting_with.describe("rencontre.mp4", *own)
    with ffmpeg.opened(folder / f"a.{ending}", LIMITS) as container:
        guessed = (container.duration or 0) / 1e6

    recording = ingested(folder, tmp_path / "out", MediaLimits(max_duration_s=65))

    assert guessed > 70
    assert [track.duration for track in recording.tracks] == pytest.approx([60, 60], abs=0.2)


def test_each_persons_stream_is_remembered(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """With music beside two people, the tracks say which streams are theirs."""
    sines = [f"-f lavfi -i sine={tone}:d=6" for tone in (440, 880, 1760)]
    folder = meeting_with(PICTURE, *sines, options="-map 0 -map 1 -map 2 -map 3")
    meeting_with.describe("rencontre.mp4", {"kind": "stream", "stream": 2}, {"kind": "stream", "stream": 0})

    recording = ingested(folder, tmp_path / "out")

    assert {track.person: track.stream for track in recording.tracks} == {"pro": 2, "jeune": 0}
    assert {track.origin for track in recording.tracks} == {TrackOrigin.OWN_STREAM}


_LATE = "-f lavfi -itsoffset 3 -i sine=880:d=3"


def test_undeclared_streams_are_all_heard(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Two streams, the second from the third second on: one track of nobody holds both, when they were heard."""
    folder = meeting_with(PICTURE, "-f lavfi -i sine=440:d=6", _LATE, name="r.mkv", options="-map 0 -map 1 -map 2")

    recording = ingested(folder, tmp_path / "out")

    (track,) = recording.tracks
    sound = samples(tmp_path / "out" / track.file)
    assert (None, TrackOrigin.MIX) == (track.person, track.origin)
    assert [False, True] == [_holds(sound, 880, start, start + 2) for start in (0.5, 3.5)]
    assert [True, True] == [_holds(sound, 440, start, start + 2) for start in (0.5, 3.5)]
    assert any("2 flux audio, et rien ne dit à qui" in remark for remark in recording.remarks)


def test_streams_titled_with_the_pseudonyms_are_each_person_s(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """An export whose audio streams bear the names of meeting.json: one track a person."""
    titles = "-metadata:s:a:0 title=jeune -metadata:s:a:1 title=pro"
    sines = [f"-f lavfi -i sine={tone}:d=6" for tone in (440, 880)]
    folder = meeting_with(PICTURE, *sines, name="r.mkv", options=f"-map 0 -map 1 -map 2 {titles}")

    recording = ingested(folder, tmp_path / "out")

    heard = {track.person: samples(tmp_path / "out" / track.file) for track in recording.tracks}
    assert {TrackOrigin.OWN_STREAM} == {track.origin for track in recording.tracks}
    assert {"jeune": [True, False], "pro": [False, True]} == {
        person: [_holds(sound, tone, 1, 3) for tone in (440, 880)] for person, sound in heard.items()
    }


def test_a_mono_sound_written_as_stereo_tells_nobody_apart(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Both sides are the same: the mix is transcribed, nobody is named, and the operator is told."""
    pulsing = "-f lavfi -i aevalsrc=0.3*sin(880*t)*(1.3+sin(6*t))|0.3*sin(880*t)*(1.3+sin(6*t)):d=6"
    folder = meeting_with(PICTURE, pulsing)
    left, right = ({"kind": "channel", "channel": side} for side in ("left", "right"))
    meeting_with.describe("rencontre.mp4", left, right)

    recording = ingested(folder, tmp_path / "out")

    assert [(None, TrackOrigin.MIX)] == [(track.person, track.origin) for track in recording.tracks]
    assert ["track-0.wav"] == sorted(path.name for path in (tmp_path / "out").glob("*.wav"))
    assert any("portent le même son et ne disent pas qui parle" in remark for remark in recording.remarks)


def _holds(sound: npt.NDArray[np.int16], tone: int, start: float, end: float) -> bool:
    """Whether a tone is heard all along."""
    part = sound[round(start * 16_000) : round(end * 16_000)] / 32768
    wave = np.exp(-2j * np.pi * tone * np.arange(len(part)) / 16_000)
    return bool(abs(part @ wave) / len(part) > 0.005)


def test_a_recording_that_is_too_long_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Beyond the limit of duration it is refused, and the setting is named."""
    sentence = refused(meeting_with(PICTURE, SINE), tmp_path, MediaLimits(max_duration_s=5))

    assert "VIDEOTHEQUE_MEDIA__MAX_DURATION_S" in sentence


def test_a_long_recording_that_states_no_duration_is_refused_too(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Without a duration in the header, the packets are what counts."""
    assert "plus que la limite" in refused(small_meeting(Variant.WEBM), tmp_path, MediaLimits(max_duration_s=5))


def test_a_recording_that_is_too_heavy_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """Beyond the limit of size it is refused, and the setting is named."""
    sentence = refused(meeting_with(PICTURE, SINE), tmp_path, MediaLimits(max_size_bytes=1000))

    assert "VIDEOTHEQUE_MEDIA__MAX_SIZE_BYTES" in sentence


def test_a_side_of_a_sound_that_is_not_stereo_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """meeting.json says left and right, the sound is mono: refused, not guessed."""
    folder = meeting_with(PICTURE, SINE)
    sides = [{"kind": "channel", "channel": side} for side in ("left", "right")]
    meeting_with.describe("rencontre.mp4", *sides)

    assert "stéréo" in refused(folder, tmp_path)


def test_a_stream_that_is_not_there_is_refused(meeting_with: MakeMeeting, tmp_path: Path) -> None:
    """meeting.json names a sixth audio stream, there is one."""
    folder = meeting_with(PICTURE, SINE)
    meeting_with.describe("rencontre.mp4", {"kind": "stream", "stream": 5}, {"kind": "stream", "stream": 0})

    assert "flux audio n° 5" in refused(folder, tmp_path)


def test_a_track_that_is_a_disguise_is_refused(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """A participant's own file passes the same door as the recording."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.SEPARATE_FILES), folder)
    (folder / "pro.m4a").write_text(f"#EXTM3U\n#EXTINF:9,\n{folder / 'rencontre.mp4'}\n", "utf-8")

    assert "liste de lecture" in refused(folder, tmp_path)


def _with_transcript(small_meeting: SmallMeeting, tmp_path: Path, text: str) -> Recording:
    """The small meeting with the platform's transcript, that transcript replaced."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.PLATFORM_TRANSCRIPT), folder)
    (folder / "transcription.vtt").write_text(text, "utf-8")
    return ingested(folder, tmp_path / "out")


def _vtt(*cues: tuple[float, float, str]) -> str:
    def clock(at: float) -> str:
        return f"{int(at // 60):02}:{at % 60:06.3f}"

    return "WEBVTT\n\n" + "\n\n".join(f"{clock(start)} --> {clock(end)}\n{text}" for start, end, text in cues) + "\n"


ENGLISH = "So I wake up at five and we bake the bread for the whole town, and that is what I like about this job."
GREEK = "Ξυπνάω στις πέντε και ψήνουμε ψωμί για όλη την πόλη και αυτό μου αρέσει πολύ στη δουλειά μου κάθε μέρα."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("WEBVTT\n\n", "aucune réplique lisible"),
        (_vtt(*((1, 9, f"bonjour {n}") for n in range(2000))), "compte 2000 répliques"),
        (_vtt((1, 900, "Bonjour.")), "va jusqu'à 15 min 00 s"),
        (
            _vtt(*((n, n + 4, ENGLISH) for n in range(1, 45, 5))),
            "est en anglais, alors que",
        ),
        (_vtt(*((n, n + 4, GREEK) for n in range(1, 45, 5))), "n'est pas écrite dans l'alphabet latin"),
        (_vtt((1, 6, "Bonjour, bienvenue à tous.")), "ne couvre que"),
    ],
)
def test_a_transcript_that_does_not_fit_is_left_to_the_speech_model(
    small_meeting: SmallMeeting, tmp_path: Path, text: str, why: str
) -> None:
    """Empty, piled up, too long, in another language or cut short: the reason is told, and the recording goes on."""
    recording = _with_transcript(small_meeting, tmp_path, text)

    assert recording.sidecar is None
    (remark,) = recording.remarks
    assert why in remark
    assert remark.endswith(" ; en attendant, le modèle de parole transcrit l'enregistrement.")


def test_a_transcript_that_fits_is_kept_without_a_word(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Each form of demo meeting keeps its transcript, and nothing is remarked."""
    for variant in (Variant.PLATFORM_TRANSCRIPT, Variant.STEREO, Variant.SEPARATE_FILES):
        recording = ingested(small_meeting(variant), tmp_path / variant.value)
        assert (recording.sidecar is not None, recording.remarks) == (True, ())


def test_one_person_s_track_alone_is_told_and_the_mix_is_used(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """The professional has a file, the young person has none: the operator learns that nobody is told apart."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.SEPARATE_FILES), folder)
    described = json.loads((folder / "meeting.json").read_text("utf-8"))
    del described["participants"][1]["track"]
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")

    recording = ingested(folder, tmp_path / "out")

    assert [TrackOrigin.MIX] == [track.origin for track in recording.tracks]
    (remark,) = recording.remarks
    assert "Le professionnel a sa piste séparée, mais pas le jeune" in remark


@pytest.mark.parametrize("offset", [3600.0, -3600.0])
def test_an_offset_outside_the_recording_is_refused(small_meeting: SmallMeeting, tmp_path: Path, offset: float) -> None:
    """An hour after the end of a minute, or before its start, nothing of that track is in the recording."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.SEPARATE_FILES), folder)
    described = json.loads((folder / "meeting.json").read_text("utf-8"))
    described["participants"][1]["track"]["offset_s"] = offset
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")

    sentence = refused(folder, tmp_path)

    assert "La piste du jeune irait de" in sentence
    assert "corrigez « offset_s »" in sentence


def test_a_wrong_offset_is_put_right_by_the_sound_and_told(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """meeting.json forgot that the young person's file began 2.4 s late: the recording's own sound tells it."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.SEPARATE_FILES), folder)
    described = json.loads((folder / "meeting.json").read_text("utf-8"))
    del described["participants"][1]["track"]["offset_s"]
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")

    recording = ingested(folder, tmp_path / "out")

    assert pytest.approx(LATE_S, abs=0.03) == recording.tracks[1].offset
    (remark,) = recording.remarks
    assert "La piste du jeune commence à 2,4 s d'après le son, et non à 0,0 s" in remark
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"track-0.wav", "track-1.wav"}


def test_a_person_who_came_back_has_a_track_for_each_time(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Two files of the young person, cut out of one, roughly placed by the operator: the sound places them well."""
    folder = tmp_path / "meeting"
    shutil.copytree(small_meeting(Variant.SEPARATE_FILES), folder)
    for name, cut in (("j1.m4a", "-t 22"), ("j2.m4a", "-ss 25")):
        command = [ffmpeg.executable(), "-v", "error", "-i", str(folder / "jeune.m4a"), *cut.split(), "-c:a", "aac"]
        subprocess.run([*command, str(folder / name)], check=True)
    described = json.loads((folder / "meeting.json").read_text("utf-8"))
    files = [{"file": "j1.m4a", "offset_s": 2}, {"file": "j2.m4a", "offset_s": 27}]
    described["participants"][1]["track"] = {"kind": "files", "files": files}
    (folder / "meeting.json").write_text(json.dumps(described), "utf-8")

    recording = ingested(folder, tmp_path / "out")

    assert ["pro", "jeune", "jeune"] == [track.person for track in recording.tracks]
    assert [0, LATE_S, LATE_S + 25] == pytest.approx([track.offset for track in recording.tracks], abs=0.08)


def test_ingest_needs_a_clearance_to_transcribe(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """A clearance for less, or for another recording, opens nothing."""
    folder = small_meeting(Variant.PLAIN)
    meeting = read_meeting(folder)
    made = provenance_of(meeting, dict.fromkeys(meeting.files(), "0" * 64), "fr", NOW)

    with pytest.raises(PermissionError):
        ingest(
            meeting,
            folder,
            clearance_for(meeting.recording_id, Purpose.RECORD),
            LIMITS,
            tmp_path,
            made,
            language="fr",
        )
    assert not list(tmp_path.iterdir())


def test_a_clearance_for_another_recording_opens_nothing(small_meeting: SmallMeeting, tmp_path: Path) -> None:
    """Each function compares the clearance with the recording that it is told, never with itself."""
    folder = small_meeting(Variant.STEREO)
    meeting = read_meeting(folder)
    path, own = folder / meeting.recording, meeting.recording_id
    other = clearance_for(RecordingId("rec-ffffffffffffffff"))

    for act in (
        lambda: fingerprint(path, own, other),
        lambda: probe_recording(path, own, other, LIMITS, "0" * 64),
        lambda: probe_track(path, "la piste du jeune", own, other, LIMITS),
        lambda: audio_channels(path, 0, own, other, LIMITS),
        lambda: extract_tracks(folder, plan_tracks(meeting), own, other, LIMITS, tmp_path),
    ):
        with pytest.raises(PermissionError, match="rec-ffffffffffffffff"):
            act()
    assert not list(tmp_path.iterdir())
