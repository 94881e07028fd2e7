"""meeting.json: what is accepted, and one French sentence for whatever is not."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.errors import InvalidMeeting
from pipeline.meeting import Meeting, read_meeting
from pipeline.records import UNTOLD, Belonging
from videotheque.example import EXAMPLE

GOOD: dict[str, Any] = {
    "id": "rencontre-1",
    "recording": "reunion.mp4",
    "recorded_at": "2026-03-12T14:00:00+01:00",
    "participants": [
        {"id": "pro", "role": "professional", "name": "Anne B.", "occupation": "Géomètre", "age_band": "adult"},
        {"id": "jeune", "role": "young_person", "age_band": "15-17", "track": {"kind": "file", "file": "jeune.m4a"}},
        {"id": "parent", "role": "guardian"},
    ],
    "transcript": {"file": "reunion.vtt"},
    "consents": [{"participant": "pro", "purposes": ["record"], "at": "2026-03-01T10:00:00+01:00"}],
}


def written(folder: Path, description: object) -> Path:
    folder.mkdir(exist_ok=True)
    for name in ("reunion.mp4", "jeune.m4a", "reunion.vtt"):
        (folder / name).touch()
    text = description if isinstance(description, str) else json.dumps(description)
    (folder / "meeting.json").write_text(text, "utf-8")
    return folder


def problem(folder: Path) -> str:
    with pytest.raises(InvalidMeeting) as caught:
        read_meeting(folder)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_a_good_description_is_read(tmp_path: Path) -> None:
    """A complete description is accepted, with its byte order mark if it has one."""
    folder = written(tmp_path / "m", "\ufeff" + json.dumps(GOOD))

    assert read_meeting(folder) == Meeting.model_validate(GOOD)
    assert read_meeting(folder).files() == ("reunion.mp4", "jeune.m4a", "reunion.vtt")


@pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
def test_a_separator_of_lines_has_no_place_in_a_text(tmp_path: Path, separator: str) -> None:
    """Unseen by a reader, and an end of line to many programs."""
    consent = {**GOOD["consents"][0], "channel": f"papier{separator}signé"}

    assert "invisibles" in problem(written(tmp_path / "m", {**GOOD, "consents": [consent]}))


def _tracks(pro: object, young: object) -> dict[str, Any]:
    people = [{**GOOD["participants"][0], "track": pro}, {**GOOD["participants"][1], "track": young}]
    return {**GOOD, "participants": people}


def test_a_person_who_came_back_has_several_files() -> None:
    """Each reconnection has its own file, and each counts among the files of the meeting."""
    files = {"kind": "files", "files": [{"file": "a.m4a"}, {"file": "b.m4a", "offset_s": 912.5}]}
    meeting = Meeting.model_validate(_tracks(files, {"file": "jeune.m4a"}))

    assert meeting.files() == ("reunion.mp4", "a.m4a", "b.m4a", "jeune.m4a", "reunion.vtt")
    assert [one.offset_s for one in meeting.participants[0].own_files] == [0, 912.5]


@pytest.mark.parametrize(
    ("pro", "young"),
    [
        ({"file": "son.m4a"}, {"file": "son.m4a"}),
        ({"file": "a.m4a"}, {"kind": "files", "files": [{"file": "b.m4a"}, {"file": "a.m4a", "offset_s": 3}]}),
        ({"kind": "stream", "stream": 1}, {"kind": "stream", "stream": 1}),
        ({"kind": "channel", "channel": "left"}, {"kind": "channel", "channel": "left"}),
    ],
)
def test_one_track_is_one_person_s_only(tmp_path: Path, pro: object, young: object) -> None:
    """The same file, stream or side for two persons would give each of them the other's words."""
    assert "la même piste (« track ») est donnée deux fois" in problem(written(tmp_path / "m", _tracks(pro, young)))


def test_the_recording_id_is_opaque_and_stable() -> None:
    """The id under which everything is kept says nothing, and depends on the operator's id alone."""
    meeting = Meeting.model_validate(GOOD)
    other = Meeting.model_validate({**GOOD, "recording": "autre.mp4"})

    assert meeting.recording_id == other.recording_id
    assert "rencontre" not in meeting.recording_id


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"titre": "x"}, "titre : champ inconnu"),
        ({"recording": "../ailleurs.mp4"}, "recording : le chemin sort du dossier"),
        ({"recording": "a/../../ailleurs.mp4"}, "recording : le chemin sort du dossier"),
        ({"recording": "/etc/passwd"}, "recording : le chemin doit être relatif"),
        ({"recording": "C:\\video.mp4"}, "recording : le chemin doit être relatif"),
        ({"recording": "..\\video.mp4"}, "recording : le chemin sort du dossier"),
        ({"recording": ""}, "recording : le chemin doit être relatif"),
        ({"recorded_at": "2026-03-12T14:00:00"}, "recorded_at : le fuseau horaire manque"),
        ({"recorded_at": "hier"}, "recorded_at : date et heure attendues"),
        ({"id": "Réunion 1"}, "id : forme non admise"),
        ({"participants": GOOD["participants"][:1]}, "il faut exactement un jeune parmi les participants"),
        (
            {"participants": [*GOOD["participants"], {"id": "pro2", "role": "professional"}]},
            "il faut exactement un professionnel parmi les participants, et il y en a 2",
        ),
        ({"participants": GOOD["participants"][1:]}, "et il y en a 0"),
        ({"participants": [*GOOD["participants"][:2], GOOD["participants"][0]]}, "même identifiant « pro »"),
        ({"participants": "personne"}, "participants : liste attendue"),
        ({"participants": [{"id": "pro", "role": "chef"}]}, "participants[0].role : valeur non admise, il faut"),
        (
            {"consents": [{"participant": "x", "purposes": ["record"], "at": "2026-03-01T10:00:00+01:00"}]},
            "attribué à « x », qui n'est pas un participant",
        ),
        ({"consents": [{"participant": "pro", "at": "2026-03-01T10:00:00+01:00"}]}, "doit nommer ses finalités"),
        (
            {"consents": [{**GOOD["consents"][0], "expires_at": "2026-02-01T10:00:00+01:00"}]},
            "ne peut pas expirer avant d'être donné",
        ),
        ({"schema_version": 2}, "schema_version : valeur non admise, il faut 1"),
    ],
)
def test_what_is_not_acceptable_is_said_in_french(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    """Each mistake is named with its place, in one sentence."""
    assert expected in problem(written(tmp_path / "m", {**GOOD, **change}))


@pytest.mark.parametrize("missing", ["id", "recording", "recorded_at", "participants"])
def test_a_missing_field_is_named(tmp_path: Path, missing: str) -> None:
    """Every obligatory field that is absent is named."""
    description = {key: value for key, value in GOOD.items() if key != missing}

    assert f"{missing} : champ obligatoire absent" in problem(written(tmp_path / "m", description))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"rencontre"', "{'id': 1}", "[" * 100_000])
def test_what_is_no_description_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is no JSON object is refused in one sentence."""
    assert "meeting.json de « m »" in problem(written(tmp_path / "m", text))


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A binary file under that name is refused in one sentence."""
    folder = written(tmp_path / "m", GOOD)
    (folder / "meeting.json").write_bytes(bytes(range(256)))

    assert "JSON valide en UTF-8" in problem(folder)


def test_a_folder_without_description_is_refused(tmp_path: Path) -> None:
    """An empty folder is no meeting."""
    assert "ne contient pas de meeting.json" in problem(tmp_path)


def test_a_huge_description_is_refused_unread(tmp_path: Path) -> None:
    """More than a mebibyte is no description."""
    assert "dépasse 1 Mio" in problem(written(tmp_path / "m", " " * 2_000_000))


@pytest.mark.parametrize("name", ["reunion.mp4", "jeune.m4a", "reunion.vtt"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    """A file that the description names and that is not there is named."""
    folder = written(tmp_path / "m", GOOD)
    (folder / name).unlink()

    assert f"« {name} »" in problem(folder)


def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path) -> None:
    """A symbolic link is followed before it is judged."""
    (tmp_path / "secret.mp4").touch()
    folder = written(tmp_path / "m", GOOD)
    (folder / "reunion.mp4").unlink()
    (folder / "reunion.mp4").symlink_to(tmp_path / "secret.mp4")

    assert "lien qui sort du dossier" in problem(folder)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    """What must be a file is not a folder."""
    folder = written(tmp_path / "m", GOOD)
    (folder / "reunion.mp4").unlink()
    (folder / "reunion.mp4").mkdir()

    assert "n'est pas un fichier" in problem(folder)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "autre"]), JSON_VALUES))
def test_any_json_gives_a_meeting_or_one_french_sentence(tmp_path_factory: pytest.TempPathFactory, change: Any) -> None:
    """Whatever the values are, reading ends with a meeting or with InvalidMeeting, never with another error."""
    folder = written(tmp_path_factory.mktemp("any"), {**GOOD, **change})

    try:
        read_meeting(folder)
    except InvalidMeeting as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("age_band", "eighteen", "fits"),
    [
        ("15-17", date(2026, 3, 2), True),
        ("15-17", date(2026, 3, 1), False),
        ("15-17", date(2029, 3, 1), True),
        ("15-17", date(2029, 3, 2), False),
        ("under-15", date(2029, 3, 2), True),
        ("under-15", date(2029, 3, 1), False),
        ("adult", date(2026, 3, 1), True),
        ("adult", date(2026, 3, 2), False),
        ("unknown", date(2026, 3, 2), True),
        ("unknown", date(2020, 3, 2), False),
    ],
)
def test_a_birthday_agrees_with_the_age(age_band: str, eighteen: date, fits: bool) -> None:
    """A wrong year would let a child decide alone: the eighteenth birthday must fit the age on the day."""
    described = json.loads(EXAMPLE.model_dump_json())
    described["recorded_at"] = "2026-03-01T14:00:00+01:00"
    described["participants"][1] |= {"age_band": age_band, "comes_of_age_on": eighteen.isoformat()}

    if fits:
        assert Meeting.model_validate(described).parties[1].comes_of_age_on == eighteen
    else:
        with pytest.raises(ValidationError, match="ne vont pas ensemble"):
            Meeting.model_validate(described)


@pytest.mark.parametrize(
    ("who", "field", "value", "why"),
    [
        (1, "sole_authority", "court_decision", "n'est pas un représentant légal"),
        (0, "present", [{"start": 1, "end": 2}], "n'est pas un tiers"),
        (1, "gender", "woman", "n'est pas le professionnel"),
        (2, "region", "Bretagne", "n'est pas le professionnel"),
    ],
)
def test_what_is_said_of_a_role_is_said_of_that_role_only(who: int, field: str, value: object, why: str) -> None:
    """Only a guardian decides alone, only a third party is somewhere, only the professional is told of."""
    described = json.loads(EXAMPLE.model_dump_json())
    described["participants"][who][field] = value

    with pytest.raises(ValidationError, match=why):
        Meeting.model_validate(described)


def test_what_chance_alone_looks_at_makes_nothing_anew() -> None:
    """A professional's gender and region may be told at any time: what was made stays as it is."""
    described = json.loads(EXAMPLE.model_dump_json())
    described["participants"][0] |= {"gender": "woman", "region": "Bretagne"}
    told = Meeting.model_validate(described)

    assert Belonging(gender="woman", region="Bretagne") == told.belonging
    assert EXAMPLE.made_of() == told.made_of()
    assert UNTOLD == EXAMPLE.belonging


def test_a_passage_of_the_description_is_a_scope_of_the_register() -> None:
    """Seconds written beside a statement limit it to them; where there are none it is about the whole."""
    described = json.loads(EXAMPLE.model_dump_json())
    described["consents"][0] |= {"decision": "withdrawn", "passages": [{"start": 3, "end": 9}], "language": "fr"}

    first, second, *_ = Meeting.model_validate(described).consent_events(EXAMPLE.recorded_at)

    assert (first.scope.passages[0].end, first.language) == (9, "fr")
    assert second.scope.is_whole
