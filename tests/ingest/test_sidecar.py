"""Sidecar transcripts as each platform writes them: every word, at its time, said by whom or by nobody known."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.records import PersonId, Purpose, RecordingId, Role
from pipeline.errors import TranscriptRefused, UnreadableFile
from pipeline.ingest.sidecar import read_sidecar
from pipeline.ingest.speakers import recognise
from pipeline.meeting import MeetingParticipant
from pipeline.records import Sidecar, TranscriptOrigin
from tests.clearances import clearance_for

SAMPLES = Path(__file__).parent / "samples"
PRO, YOUNG = PersonId("pro"), PersonId("jeune")
PEOPLE = (
    MeetingParticipant(id="pro", role=Role.PROFESSIONAL, name="Claire Martin"),
    MeetingParticipant(id="jeune", role=Role.YOUNG_PERSON, name="Léo Nguyen"),
)
RECORDING = RecordingId("rec-0123456789abcdef")
CLEARANCE = clearance_for(RECORDING, Purpose.TRANSCRIBE)
Told = list[tuple[float, float, PersonId | None, str]]


def _told(sidecar: Sidecar) -> Told:
    return [(cue.span.start, cue.span.end, cue.speaker, cue.text) for cue in sidecar.cues]


def _read(path: Path, duration: float = 14.0) -> Told:
    return _told(read_sidecar(path, TranscriptOrigin.PLATFORM, PEOPLE, duration, RECORDING, CLEARANCE))


def _written(tmp_path: Path, text: str, duration: float = 60.0) -> Told:
    path = tmp_path / "transcription.vtt"
    path.write_text(text, encoding="utf-8")
    return _read(path, duration)


def test_teams_names_the_speaker_in_a_tag() -> None:
    """Voice tags, a byte-order mark, CRLF, entities, names in any order with « (Invité) »; a room is nobody."""
    expected: Told = [
        (1.12, 4.48, PRO, "Bonjour Léo, alors : tu voulais me poser des questions ?"),
        (4.9, 8.25, YOUNG, "Oui. C'est quoi, une journée type ?"),
        (8.6, 12.0, PRO, "Je commence à 6 h & je finis à 14 h."),
        (12.1, 13.0, None, "Pardon, je ferme la porte."),
    ]
    assert expected == _read(SAMPLES / "teams.vtt")


def test_zoom_names_the_speaker_before_a_colon() -> None:
    """Known names go, abbreviated or not; a third person's recurring name goes too, and is nobody we know."""
    expected: Told = [
        (1.12, 4.48, PRO, "Bonjour Léo. Alors : tu voulais me poser des questions ?"),
        (4.9, 8.25, YOUNG, "Oui. C'est quoi, une journée type ?"),
        (8.6, 12.0, PRO, "Trois choses : le pain, la vitrine, les commandes."),
        (12.1, 13.0, None, "Pardon, je ferme la porte."),
        (13.2, 14.0, None, "Voilà."),
    ]
    assert expected == _read(SAMPLES / "zoom.vtt")


def test_meet_names_the_speaker_on_a_line_of_its_own() -> None:
    """A cue with two names makes two; parentheses inside speech stay."""
    expected: Told = [
        (1.0, 4.0, PRO, "Bonjour Léo, tu voulais me poser"),
        (4.0, 8.0, PRO, "des questions ?"),
        (4.0, 8.0, YOUNG, "Oui. C'est quoi, une journée type ?"),
        (8.0, 12.0, PRO, "Je commence à six heures (du matin)."),
    ]
    assert expected == _read(SAMPLES / "meet.vtt")


def test_srt_without_blank_lines_in_cp1252() -> None:
    """First names before « : », a comma in the times, cue numbers that no blank line sets apart."""
    expected: Told = [
        (1.12, 4.48, PRO, "Bonjour Léo, tu voulais me poser des questions ?"),
        (4.9, 8.25, YOUNG, "Oui. C'est quoi, une journée type ?"),
        (8.6, 12.0, PRO, "Alors : je commence à six heures."),
    ]
    assert expected == _read(SAMPLES / "jitsi.srt")


def test_comments_styles_and_settings_are_no_speech() -> None:
    """NOTE, STYLE and REGION blocks, cue settings and empty cues leave nothing; an instant cue keeps its text."""
    expected: Told = [
        (1.12, 4.48, None, "Bonjour Léo, tu voulais me poser des questions ?"),
        (4.9, 8.25, None, "Attention : c'est long… Alors : une journée type ?"),
        (9.0, 9.5, None, "Oui."),
    ]
    assert expected == _read(SAMPLES / "bigbluebutton.vtt")


def test_times_without_hours_in_any_order() -> None:
    """Cues are sorted, overlaps kept, and a cue that outlasts the recording a little ends with it."""
    expected: Told = [
        (1.12, 5.48, None, "Bonjour Léo, tu voulais me poser des questions ?"),
        (4.9, 8.25, None, "Oui. C'est quoi, une journée type ?"),
        (3599.0, 3600.5, None, "Au revoir."),
    ]
    assert expected == _read(SAMPLES / "peertube.vtt", 3600.5)


def test_a_word_before_a_colon_is_no_speaker_however_often(tmp_path: Path) -> None:
    """« Alors : », « Le BTS : », « Bref: » are speech in every cue of a file without names."""
    starts = ["Alors : on y va", "Alors: encore", "Le BTS : deux ans", "Le BTS : ou trois", "Bref: moi"]
    starts += ["Motivation: oui", "Motivation: non"]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{one}" for n, one in enumerate(starts))

    assert starts == [one[3] for one in _written(tmp_path, text)]


@pytest.mark.parametrize(
    ("label", "person"),
    [
        ("claire martin", PRO),
        ("MARTIN, Claire", PRO),
        ("Claire Martin, Boulangerie du Port", PRO),
        ("Mme Claire MARTIN | Boulangerie", PRO),
        ("Claire M.", PRO),
        ("C. Martin", PRO),
        ("Claire", PRO),
        ("Clairé Martin [Externe]", PRO),
        ("Claire Martn", PRO),
        ("Léo", YOUNG),
        ("LEO NGUYEN (Guest)", YOUNG),
        ("jeune", YOUNG),
        ("pro", PRO),
        ("Le professionnel", PRO),
        ("Élève", YOUNG),
        ("Claire Martin - Boulangerie", PRO),
        ("Claire Martin – Lycée Voltaire", PRO),
        ("claire.martin@exemple.fr", PRO),
        ("Claire Martin – Léo", None),
        ("Claire Martin - Paul Durand", None),
        ("paul.martin@exemple.fr", None),
        ("iPhone de Claire", None),
        ("C. N.", None),
        ("Claire MARTYN", PRO),
        ("Marine Claret", None),
        ("Clara Martin", None),
        ("Claira Martin", None),
        ("Lea Nguyen", None),
        ("Paul Martin", None),
        ("Martin Claude", None),
        ("Invité", None),
        ("Participant 2", None),
        ("Mère", None),
        ("", None),
    ],
)
def test_a_label_is_recognised_or_nobody(tmp_path: Path, label: str, person: PersonId | None) -> None:
    """Case, accents, order, initials and role words are tolerated; anything else is nobody, never a guess."""
    told = _written(tmp_path, f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v {label}>Bonjour</v>\n")

    assert [(1.0, 2.0, person, "Bonjour")] == told


def test_a_label_that_fits_two_persons_is_nobody(tmp_path: Path) -> None:
    """« Claire » when two are called Claire, and a spelling between « Martin » and « Marten »."""
    people = (
        MeetingParticipant(id="pro", role=Role.PROFESSIONAL, name="Claire Martin"),
        MeetingParticipant(id="jeune", role=Role.YOUNG_PERSON, name="Claire Marten"),
    )
    path = tmp_path / "t.vtt"
    path.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Claire>a</v>\n\n00:02.000 --> 00:03.000\n<v Claire Martn>b</v>\n\n"
        "00:03.000 --> 00:04.000\n<v Claire Marten>c</v>\n"
    )

    cues = read_sidecar(path, TranscriptOrigin.PLATFORM, people, 10, RECORDING, CLEARANCE).cues

    assert [cue.speaker for cue in cues] == [None, None, YOUNG]


@pytest.mark.parametrize(
    ("label", "person"),
    [
        ("Claire Martin", PRO),
        ("Claire M.", PRO),
        ("CLAIRE MARTIN (Invitée)", PRO),
        ("Claire", None),
        ("Martin", None),
        ("Léo", None),
    ],
)
def test_a_first_name_alone_is_nobody_while_the_other_person_s_is_not_known(
    tmp_path: Path, label: str, person: PersonId | None
) -> None:
    """The operator named the professional only: another Claire may be the young person."""
    people = (PEOPLE[0], MeetingParticipant(id="jeune", role=Role.YOUNG_PERSON))
    path = tmp_path / "t.vtt"
    path.write_text(f"WEBVTT\n\n00:01.000 --> 00:02.000\n<v {label}>a</v>\n", encoding="utf-8")

    cues = read_sidecar(path, TranscriptOrigin.PLATFORM, people, 10, RECORDING, CLEARANCE).cues

    assert [cue.speaker for cue in cues] == [person]


def test_a_name_that_the_operator_shortened_is_recognised_in_full(tmp_path: Path) -> None:
    """meeting.json says « Claire M. », the platform writes the whole name; another family name is nobody."""
    people = (PEOPLE[0].model_copy(update={"name": "Claire M."}), PEOPLE[1])
    path = tmp_path / "t.vtt"
    path.write_text(
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Claire Martin>a</v>\n\n00:02.000 --> 00:03.000\n<v Claire Dupont>b</v>\n"
    )

    cues = read_sidecar(path, TranscriptOrigin.PLATFORM, people, 10, RECORDING, CLEARANCE).cues

    assert [cue.speaker for cue in cues] == [PRO, None]


def test_captions_that_roll_up_say_each_line_once(tmp_path: Path) -> None:
    """Each cue repeats the line above it, as YouTube and live captioning write them."""
    cues = [
        ("00:01.000 --> 00:03.000", "bonjour et bienvenue"),
        ("00:03.000 --> 00:03.010", "bonjour et bienvenue"),
        ("00:03.010 --> 00:05.000", "bonjour et bienvenue\naujourd'hui je reçois"),
        ("00:05.000 --> 00:07.000", "aujourd'hui<00:05.500><c> je</c> reçois\nune boulangère"),
        ("00:07.000 --> 00:09.000", "une boulangère\nqui s'appelle Claire"),
    ]
    text = "WEBVTT\n\n" + "\n\n".join(f"{when}\n{lines}" for when, lines in cues)

    assert [one[3] for one in _written(tmp_path, text)] == [
        "bonjour et bienvenue",
        "aujourd'hui je reçois",
        "une boulangère",
        "qui s'appelle Claire",
    ]


def test_a_person_who_repeats_a_sentence_is_quoted_twice(tmp_path: Path) -> None:
    """One repetition in a whole file is speech, not captions that roll up."""
    said = ["Oui.", "Oui.", "C'est un beau métier.", "Il faut aimer se lever.", "Voilà."]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{one}" for n, one in enumerate(said))

    assert said == [one[3] for one in _written(tmp_path, text)]


def test_times_without_a_fraction_are_read(tmp_path: Path) -> None:
    """Some exports write whole seconds."""
    text = "1\n00:00:01 --> 00:00:03\nBonjour.\n\n2\n00:00:03 --> 00:00:05,500\nBonsoir.\n"

    assert [(1.0, 3.0, None, "Bonjour."), (3.0, 5.5, None, "Bonsoir.")] == _written(tmp_path, text)


def test_two_voices_in_one_cue_make_two(tmp_path: Path) -> None:
    """Each voice tag opens a part of its own, on the cue's time."""
    text = "WEBVTT\n\n00:01.000 --> 00:03.000\n<v.haut Claire Martin>Ça va ?</v>\n<v Léo Nguyen>Oui <b>très</b> bien\n"

    assert _written(tmp_path, text) == [(1.0, 3.0, PRO, "Ça va ?"), (1.0, 3.0, YOUNG, "Oui très bien")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_read(tmp_path: Path, encoding: str) -> None:
    """Some Windows tools save « Unicode », with its mark or without."""
    path = tmp_path / "t.srt"
    path.write_bytes("1\r\n00:00:01,000 --> 00:00:02,000\r\nDéjà ?\r\n".encode(encoding))

    assert _read(path) == [(1.0, 2.0, None, "Déjà ?")]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "aucune réplique lisible"),
        (b"WEBVTT\n\nNOTE rien\n", "aucune réplique lisible"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", "aucune réplique lisible"),
        (b"\x00\x01\x02\x03", "n'est pas un fichier texte"),
        (b"\xff\xfe\x00", "n'est pas un fichier texte"),
        (b"1\n00:00:01,000 --> 00:20:00,000\nOui\n", "va jusqu'à 20 min 00 s alors que .* dure 0 min 14 s"),
        (b" " * (10 * 1024**2 + 1), "dépasse 10 Mio"),
    ],
)
def test_what_cannot_be_used_is_refused_in_french(tmp_path: Path, content: bytes, why: str) -> None:
    """The sentence tells the reason and the remedy, and not the file's name, which may be a person's."""
    path = tmp_path / "transcription.vtt"
    path.write_bytes(content)

    with pytest.raises(TranscriptRefused, match=rf"La transcription .*{why}.* ; .*\.$") as told:
        _read(path)
    assert path.name not in str(told.value)


def test_a_file_that_cannot_be_read_now_is_not_refused_for_good(tmp_path: Path) -> None:
    """A folder in the file's place, or nothing: told, and tried again when that is mended."""
    for path in (tmp_path, tmp_path / "absent.vtt"):
        with pytest.raises(UnreadableFile, match="ne peut pas être lue"):
            _read(path)


def test_a_clearance_for_another_recording_reads_nothing(tmp_path: Path) -> None:
    """The clearance is compared with the recording that the transcript came with, never with itself."""
    other = RecordingId("rec-ffffffffffffffff")

    with pytest.raises(PermissionError, match="rec-ffffffffffffffff"):
        read_sidecar(SAMPLES / "teams.vtt", TranscriptOrigin.PLATFORM, PEOPLE, 14, other, CLEARANCE)


_MANY = 200_000


@pytest.mark.parametrize(
    "line",
    [
        " " * _MANY,
        "\u00a0" * _MANY,
        " \t" * _MANY + ":",
        "a" + " " * _MANY + "b",
        "-" + " " * _MANY + "a:" + " " * _MANY,
        "<v" * _MANY,
        "<v " * _MANY,
        "<v" + " " * _MANY,
        "<v." + "a" * _MANY,
        "<v." * _MANY,
        "<" * _MANY,
        "</" * _MANY,
        "(" * _MANY,
        "(" + " " * _MANY,
        "{\\" * _MANY,
        "&#" * _MANY,
        "&#" + "9" * _MANY + ";",
        "&" * _MANY,
        "<v " + "a" * _MANY + ">",
        "<v " + "|" * _MANY + "\nx>oui</v>",
        "<v " + "(" * _MANY + ">oui</v>",
    ],
    ids=lambda line: f"{line[:4]!r}…{line[-4:]!r}",
)
def test_a_hostile_line_is_read_in_linear_time(tmp_path: Path, line: str) -> None:
    """Two hundred thousand repeats of what patterns begin with: this ends, where the square would take hours."""
    told = _written(tmp_path, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{line}\n\n00:03.000 --> 00:04.000\nOui.\n")

    assert told[-1] == (3.0, 4.0, None, "Oui.")


_LINES = st.one_of(
    st.sampled_from(
        ["WEBVTT", "", " ", "NOTE x", "STYLE", "1", "-", "<", "<v >", "</v><v", "\ufeff", "&#x0;&#1114112;"]
    ),
    st.sampled_from(["00:01.000 --> 00:02.000", "00:00:09,5 --> 00:00:03,000 a:b", "00:00:01.000 --> 00:00:01.000"]),
    st.sampled_from(["0:99:99.9 --> 00:07.000", "00:20.000 --> 00:30.000"]),
    st.sampled_from(["Claire: oui", "(Léo)", "<v Léo Nguyen>oui</v>", "{\\an8}&lt;b&gt;", "Jean Dupont: a"]),
    st.text(max_size=40),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_LINES, max_size=25), st.sampled_from(["\n", "\r\n", "\r"]), st.floats(0.1, 100))
@example(["00:01.000 --> 00:02.000", "²: a"], "\n", 10.0)
def test_any_text_is_read_or_refused(tmp_path: Path, lines: list[str], newline: str, duration: float) -> None:
    """Laws: never another error; cues sorted, inside the recording, one line of text with something said."""
    path = tmp_path / "t.vtt"
    path.write_bytes(newline.join(lines).encode("utf-8", "surrogatepass"))

    try:
        cues = read_sidecar(path, TranscriptOrigin.PLATFORM, PEOPLE, duration, RECORDING, CLEARANCE).cues
    except TranscriptRefused:
        return

    starts = [cue.span.start for cue in cues]
    assert sorted(starts) == starts
    for cue in cues:
        assert 0 <= cue.span.start < cue.span.end <= duration
        assert " ".join(cue.text.split()) == cue.text
        assert any(one.isalnum() for one in cue.text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    """A file of anything gives a transcript or the one error, never another."""
    path = tmp_path / "t.srt"
    path.write_bytes(content)

    try:
        sidecar = read_sidecar(path, TranscriptOrigin.PLATFORM, PEOPLE, 60, RECORDING, CLEARANCE)
    except TranscriptRefused:
        return

    assert sidecar.cues


_FAMILY = (
    MeetingParticipant(id="pro", role=Role.PROFESSIONAL, name="Claire Martin"),
    MeetingParticipant(id="jeune", role=Role.YOUNG_PERSON, name="Lucas Petit"),
)
_PARENT = MeetingParticipant(id="parent", role=Role.GUARDIAN)


@pytest.mark.parametrize(
    "label",
    [
        "Mme Petit",
        "Lucas Petit (sa mère)",
        "Lucas (maman)",
        "Petit (parent)",
        "Lucas Petit, sa mère",
        "Claire Martin, Lucas Petit",
        "Claire Martin | Lucas Petit",
        "Claire Martin (avec Lucas Petit)",
        "Claire Martin (Paul Durand)",
    ],
)
def test_a_label_that_brings_somebody_else_in_is_nobody(label: str) -> None:
    """A relative, a second person: the words would be put under another's consent."""
    assert recognise(label, _FAMILY) is None
    assert recognise(label, (*_FAMILY, _PARENT)) is None


@pytest.mark.parametrize(
    ("label", "alone", "with_guardian"),
    [
        ("Claire", PRO, None),
        ("Mme Martin", PRO, None),
        ("L. Petit", YOUNG, None),
        ("Lucas P.", YOUNG, YOUNG),
        ("PETIT Lucas (Invité)", YOUNG, YOUNG),
        ("Claire Martin (Lycée Voltaire)", PRO, PRO),
        ("Mère", None, PersonId("parent")),
    ],
)
def test_a_guardian_counts_among_those_who_may_bear_a_name(
    label: str, alone: PersonId | None, with_guardian: PersonId | None
) -> None:
    """A parent whose name is not given may be called Claire, and is a Petit."""
    assert alone == recognise(label, _FAMILY)
    assert with_guardian == recognise(label, (*_FAMILY, _PARENT))


@pytest.mark.parametrize(("label", "person"), [("Zoé Royes", None), ("Zoé Dupuit", YOUNG), ("Zoé Roi", None)])
def test_a_short_surname_is_never_misspelt(label: str, person: PersonId | None) -> None:
    """Five letters are needed: « Roys » and « Royes » are two families."""
    name = "Zoé Roys" if label.startswith("Zoé R") else "Zoé Dupui"
    people = (PEOPLE[0], MeetingParticipant(id="jeune", role=Role.YOUNG_PERSON, name=name))

    assert person == recognise(label, people)


_STRANGERS = (
    "sophie bernard",
    "Sophie de La Tour",
    "sophie@exemple.fr",
    "+33 6 12 34 56 78",
    "iPhone de Sophie",
    "Speaker 1",
    "🌸Sophie🌸",
    "李明",
    "Le Goff",
)


@pytest.mark.parametrize("stranger", _STRANGERS)
def test_where_cues_are_labelled_every_label_is_one(tmp_path: Path, stranger: str) -> None:
    """A third person's name that occurs once, however written, leaves the text; nobody known said it."""
    said = ["Claire Martin: Bonjour.", "Léo Nguyen: Oui.", f"{stranger}: Pardon.", "Léo Nguyen: Alors : voilà."]
    text = "WEBVTT\n\n" + "\n\n".join(
        f"00:{n:02}.000 --> 00:{n + 1:02}.000\n{one}" for n, one in enumerate([*said, *said[:2], *said[:2]])
    )

    told = [(speaker, text) for _, _, speaker, text in _written(tmp_path, text)]

    assert told[:4] == [(PRO, "Bonjour."), (YOUNG, "Oui."), (None, "Pardon."), (YOUNG, "Alors : voilà.")]


@pytest.mark.parametrize("stranger", ["sophie@exemple.fr", "+33 6 12 34 56 78", "iPhone de Sophie", "Speaker 1"])
def test_an_address_a_number_and_a_device_are_no_speech_anywhere(tmp_path: Path, stranger: str) -> None:
    """Once, in a file without labels."""
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\nBonjour.\n\n00:02.000 --> 00:03.000\n{stranger}: Pardon.\n"

    assert ["Bonjour.", "Pardon."] == [one[3] for one in _written(tmp_path, text)]


def test_what_only_looks_like_a_participant_is_speech_in_a_file_without_labels(tmp_path: Path) -> None:
    """A slip is forgiven to a label, not to a sentence: « Claire Martine : » stays."""
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nClaire Martine : un nom.\n\n00:02.000 --> 00:03.000\nOui.\n"

    assert ["Claire Martine : un nom.", "Oui."] == [one[3] for one in _written(tmp_path, text)]


@pytest.mark.parametrize(("end", "accepted"), [("01:46.900", True), ("01:47.100", False)])
def test_a_transcript_may_outlast_the_recording_by_seven_seconds_in_a_hundred(
    tmp_path: Path, end: str, accepted: bool
) -> None:
    """Five seconds and a fiftieth of the length; beyond, it is another recording's."""
    text = f"WEBVTT\n\n00:01.000 --> 00:02.000\nOui.\n\n01:39.000 --> {end}\nNon.\n"

    if accepted:
        assert ["Oui.", "Non."] == [one[3] for one in _written(tmp_path, text, 100)]
    else:
        with pytest.raises(TranscriptRefused, match="va jusqu'à"):
            _written(tmp_path, text, 100)


def test_line_ends_written_twice_are_read(tmp_path: Path) -> None:
    """A tool ended in CRLF lines that ended in CR already."""
    path = tmp_path / "t.srt"
    path.write_bytes(b"1\r\r\n00:00:01,000 --> 00:00:02,000\r\r\nBonjour.\r\r\n\r\r\n2\r\r\n")
    path.write_bytes(path.read_bytes() + b"00:00:03,000 --> 00:00:04,000\r\r\nOui.\r\r\n")

    assert [(1.0, 2.0, None, "Bonjour."), (3.0, 4.0, None, "Oui.")] == _read(path)


def test_text_after_an_empty_line_of_a_caption_is_kept(tmp_path: Path) -> None:
    """SRT: the caption goes on to the next number; a year on a line of its own before a blank stays too."""
    text = "1\n00:00:01,000 --> 00:00:02,000\nBonjour.\n\nEn\n1789\n\n2\n00:00:03,000 --> 00:00:04,000\nOui.\n\nNon.\n"

    assert ["Bonjour. En 1789", "Oui. Non."] == [one[3] for one in _written(tmp_path, text)]


def _rolling(tmp_path: Path, repeats: int, fresh: int, gap: float) -> list[str]:
    """Cues of which ``repeats`` begin with the line before them, ``gap`` seconds after it, and ``fresh`` do not."""
    said = ["ligne 0"]
    said += [f"ligne {n - 1}\nligne {n}" for n in range(1, repeats + 1)]
    said += [f"autre {n}" for n in range(fresh)]
    starts = [n * (1 + gap) for n in range(len(said))]
    cues = [f"00:{start:06.3f} --> 00:{start + 1:06.3f}\n{one}" for start, one in zip(starts, said, strict=True)]
    return [one[3] for one in _written(tmp_path, "WEBVTT\n\n" + "\n\n".join(cues))]


@pytest.mark.parametrize(
    ("repeats", "fresh", "gap", "rolls"), [(4, 4, 0.05, True), (4, 5, 0.05, False), (4, 0, 0.15, False)]
)
def test_a_file_rolls_up_where_half_its_cues_do_at_once(
    tmp_path: Path, repeats: int, fresh: int, gap: float, rolls: bool
) -> None:
    """Fewer than half, or a repetition a moment later, is somebody who says it again."""
    assert rolls is ("ligne 1" in _rolling(tmp_path, repeats, fresh, gap))


def _captions(texts: list[str]) -> str:
    cues = (f"{n // 60:02}:{n % 60:02}.000 --> {n // 60:02}:{n % 60:02}.900\n{text}" for n, text in enumerate(texts))
    return "WEBVTT\n\n" + "\n\n".join(cues)


@pytest.mark.parametrize("after", ["", "  00:01:02", "\t1:02", ":", " (00:07)"])
def test_a_name_alone_on_a_line_is_who_says_what_follows(tmp_path: Path, after: str) -> None:
    """With the time or the colon that tools write after it; a third person's name that occurs once goes too."""
    named = [("Claire Martin", "Bonjour Léo."), ("Léo", "Oui.\nC'est quoi ?"), ("Paul Durand", "Pardon.")]
    text = _captions([f"{name}{after}\n{said}" for name, said in [*named, *named[:2]]])

    told = [(speaker, said) for _, _, speaker, said in _written(tmp_path, text)]

    assert told[:3] == [(PRO, "Bonjour Léo."), (YOUNG, "Oui. C'est quoi ?"), (None, "Pardon.")]


def test_names_alone_on_lines_are_told_where_meeting_json_has_none(tmp_path: Path) -> None:
    """Two lines that open every cue in turn are no speech, whoever they are."""
    text = _captions([f"{name}\nJe dis {n}." for n, name in enumerate(["Sophie", "Karim"] * 3)])

    assert [(None, f"Je dis {n}.") for n in range(6)] == [(one[2], one[3]) for one in _written(tmp_path, text)]


def test_two_names_on_lines_of_one_cue_part_it(tmp_path: Path) -> None:
    """After a sentence a name opens another one's speech; inside a sentence it is said."""
    text = _captions(
        ["Claire Martin\nÇa va ?\nLéo Nguyen\nOui.", "Léo Nguyen\nC'est avec\nClaire Martin\nque je parle."]
    )

    told = [(speaker, said) for _, _, speaker, said in _written(tmp_path, text)]

    assert [(PRO, "Ça va ?"), (YOUNG, "Oui."), (YOUNG, "C'est avec Claire Martin que je parle.")] == told


def test_names_alone_at_the_changes_of_speaker_only_are_names(tmp_path: Path) -> None:
    """A participant's first name and more, twice at least, in a file whose other cues have none."""
    text = _captions(["Claire Martin\nBonjour.", *(f"et {n}\nvoilà." for n in range(6)), "Claire Martin\nOui."])

    told = [(speaker, said) for _, _, speaker, said in _written(tmp_path, text)]

    assert [(PRO, "Bonjour."), *((None, f"et {n} voilà.") for n in range(6)), (PRO, "Oui.")] == told


@pytest.mark.parametrize(
    "first", ["Bonjour", "Paris", "Léo", "Bonjour Léo", "Lyon Saint-Exupéry", "Claire Martin", "D'accord", "iPhone"]
)
def test_a_short_first_line_is_speech(tmp_path: Path, first: str) -> None:
    """In captions without names, and beside cues that have some."""
    captions = ["je travaille\nà l'hôpital", "depuis dix ans\net cela me plaît"] * 4
    zoom = ["Claire Martin: Oui.", "Léo Nguyen: Non."] * 4

    bare = [said for *_, said in _written(tmp_path, _captions([f"{first}\nla suite", *captions]))]
    beside = [said for *_, said in _written(tmp_path, _captions([*zoom, f"{first}\nla suite"]))]

    assert (f"{first} la suite", f"{first} la suite") == (bare[0], beside[-1])


@pytest.mark.parametrize("first", ["Bonjour", "Paris", "Merci Madame", "D'accord"])
def test_a_short_first_line_is_speech_beside_names_on_lines(tmp_path: Path, first: str) -> None:
    """A cue that goes on without a name, in a file that writes the others above what they say."""
    named = ["Claire Martin\nJe travaille.", "Léo Nguyen\nOui."] * 4

    told = _written(tmp_path, _captions([*named, f"{first}\nla suite"]))

    assert (None, f"{first} la suite") == told[-1][2:]


@pytest.mark.parametrize(
    ("line", "speaker", "said"),
    [
        ("[Claire Martin] Bonjour.", PRO, "Bonjour."),
        ("[Claire Martin]: Bonjour.", PRO, "Bonjour."),
        ("[Claire Martin]\nBonjour.", PRO, "Bonjour."),
        (">> Claire Martin: Bonjour.", PRO, "Bonjour."),
        ("&gt;&gt; Bonjour.", None, "Bonjour."),
        ("Bonjour<br>à toi<br />Léo", None, "Bonjour à toi Léo"),
        ("[Musique] Bonjour.", None, "[Musique] Bonjour."),
    ],
)
def test_other_ways_to_write_a_speaker_and_a_line(
    tmp_path: Path, line: str, speaker: PersonId | None, said: str
) -> None:
    """Brackets, chevrons of live captions, HTML breaks; a sound between brackets is no speaker."""
    text = _captions([line, "Très bien.", "Et puis.", "Voilà."])

    assert (speaker, said) == _written(tmp_path, text)[0][2:]


@pytest.mark.parametrize(
    "timing",
    ["00:00:01,000-->00:00:02,000", "00:00:01.000 -> 00:00:02.000", "0:01,0 → 0:02", "00:00:01:000 --> 00:00:02:000"],
)
def test_times_are_read_however_they_are_written(tmp_path: Path, timing: str) -> None:
    """A short arrow, none of the blanks, a colon before the thousandths."""
    assert [(1.0, 2.0, None, "Oui.")] == _written(tmp_path, f"1\n{timing}\nOui.\n")


def test_accents_written_apart_are_put_together(tmp_path: Path) -> None:
    """A file of macOS has « é » as two characters: by themselves they would part a name, which masking then misses."""
    text = "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nJe travaille avec Maïwenn Kerboulé.\n"

    assert _written(tmp_path, text) == _written(tmp_path, unicodedata.normalize("NFD", text))
