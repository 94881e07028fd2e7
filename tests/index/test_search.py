"""Search over twelve real clips with the real model."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import IndexMismatch, InvalidQuery
from pipeline.index.embed import Embedder
from pipeline.index.ranking import Candidate, best_first
from pipeline.index.reader import IndexReader
from pipeline.index.search import Request, search
from pipeline.records import ClipId, Mode, Why
from tests.index.shelf import NOW, Shelf, recording_of

HOSPITAL = "À quoi ressemble une journée à l'hôpital ?"
NURSE_STUDIES = "Quelles études pour devenir infirmière ?"
WAKING = "À quelle heure se lève un boulanger ?"
PAY = "Combien gagne un boulanger débutant ?"
CODE = "Est-ce qu'il faut être fort en maths pour coder ?"
REMOTE = "Est-ce que vous travaillez depuis chez vous ?"
DANGER = "Est-ce que c'est dangereux, l'électricité ?"
HARDEST = "Qu'est-ce qui est le plus dur dans votre métier ?"
COWS = "Est-ce que vous soignez aussi les vaches ?"
SOUND = "Comment devient-on ingénieur du son ?"


def no_embedder() -> Embedder:
    raise AssertionError("the model must not be loaded")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("hôpital", HOSPITAL),
        ("HOPITAL", HOSPITAL),
        ("l’hôpital", HOSPITAL),
        ("médicament", HOSPITAL),
        ("medicaments", HOSPITAL),
        ("aide-soignante", HOSPITAL),
        ("aides soignantes", HOSPITAL),
        ("l'école", NURSE_STUDIES),
        ("baguette", WAKING),
        ("réveils", WAKING),
        ("télétravail", REMOTE),
        ("python", CODE),
        ("C++", CODE),
        ("brebis", COWS),
        ("son", SOUND),
        ("ingenieur du son", SOUND),
    ],
)
def test_keywords_find_however_they_are_written(shelf: Shelf, query: str, title: str) -> None:
    """Accents or none, singular or plural, elided, hyphenated: the clip comes first."""
    assert title == shelf.titles(query)[0]


def test_keywords_find_nothing_where_no_clip_has_them(shelf: Shelf) -> None:
    """Only clips that hold a word of the question."""
    assert shelf.titles("astronaute") == []


def test_the_occupation_is_searched_too(shelf: Shelf) -> None:
    """All of a professional's clips, though neither title nor words name the trade."""
    assert {HARDEST, COWS} == set(shelf.titles("vétérinaires"))


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("Python programming and mathematics", CODE),
        ("les animaux de la ferme", COWS),
        ("le courant électrique", DANGER),
    ],
)
def test_meaning_finds_without_the_words(shelf: Shelf, query: str, title: str) -> None:
    """The nearest clip comes first, by its vector alone."""
    page = shelf.find(query, Mode.SEMANTIC, limit=3)

    assert title == page.hits[0].clip.title
    assert {Why.MEANING} == {hit.why for hit in page.hits}


def test_hybrid_holds_what_either_finds(shelf: Shelf) -> None:
    """The first of the keyword page and the first of the semantic page are both on the hybrid page."""
    query = "les animaux de la ferme et le réveil"
    page = shelf.find(query, Mode.HYBRID, limit=5)

    titles = [hit.clip.title for hit in page.hits]
    assert shelf.titles(query, Mode.KEYWORD)[0] in titles
    assert shelf.titles(query, Mode.SEMANTIC)[0] in titles
    assert Why.BOTH in {hit.why for hit in page.hits}


def test_a_clip_that_only_meaning_finds_says_so(shelf: Shelf) -> None:
    """A word that no clip holds leaves meaning alone."""
    page = shelf.find("remote work", Mode.HYBRID, limit=3)

    assert {Why.MEANING} == {hit.why for hit in page.hits}


def test_a_clip_far_from_the_meaning_is_found_by_its_words(shelf: Shelf) -> None:
    """« SMIC » is in one clip: it comes first, and whether the model also finds it near is honestly told."""
    words = shelf.find("SMIC", Mode.KEYWORD).hits[0]

    near = {hit.clip.id for hit in shelf.find("SMIC", Mode.SEMANTIC, limit=12).hits}
    hybrid = {hit.clip.id: hit.why for hit in shelf.find("SMIC", Mode.HYBRID, limit=1).hits}
    assert {words.clip.id: Why.BOTH if words.clip.id in near else Why.WORDS} == hybrid


def test_the_moment_is_the_sentence_that_holds_the_words(shelf: Shelf) -> None:
    """The second in the clip, the second in the meeting, the sentence and its words."""
    hit = shelf.find("réveil du boulanger").hits[0]

    assert hit.clip.title == WAKING
    assert hit.moment.text == "Mon réveil sonne à deux heures du matin, et le four est chaud à trois heures."
    assert (5.0, hit.clip.span.start + 5.0) == (hit.moment.at, hit.moment.in_meeting)
    assert [hit.moment.text[one.start : one.end] for one in hit.moment.marks] == ["réveil"]
    assert [hit.clip.title[one.start : one.end] for one in hit.title_marks] == ["boulanger"]
    assert hit.why == Why.WORDS


def test_the_rarer_word_decides_the_moment(shelf: Shelf) -> None:
    """Of two sentences with one word of the question each, the one with the rarer word."""
    hit = shelf.find("python logique erreurs").hits[0]

    assert hit.clip.title == CODE
    assert hit.moment.text == "Non, il faut surtout de la logique et aimer chercher ses erreurs."


def test_the_moment_is_in_the_answer_and_not_in_the_question(shelf: Shelf) -> None:
    """The question holds the visitor's words best and answers nothing: the moment is the answer's beginning."""
    hit = shelf.find("indiscret").hits[0]

    assert hit.clip.title == PAY
    assert hit.moment.text == "Au début, j'étais payé au SMIC, avec les heures de nuit majorées."
    assert hit.moment.marks == ()


@pytest.mark.usefixtures("without_floor")
def test_the_moment_of_a_meaning_is_the_nearest_sentence(shelf: Shelf) -> None:
    """Without a word in common, the sentence's own vector decides."""
    page = shelf.find("remote work video meeting", Mode.SEMANTIC, limit=12)

    hit = next(hit for hit in page.hits if hit.clip.title == REMOTE)
    vector = shelf.embedder.query("remote work video meeting")
    cosines = shelf.embedder.passages([sentence.text for sentence in hit.clip.sentences]) @ vector
    assert hit.clip.sentences[int(cosines.argmax())].text == hit.moment.text
    assert hit.moment.text == "Je suis en télétravail trois jours par semaine, avec des réunions en visio."


def test_a_title_alone_begins_at_the_answer(shelf: Shelf) -> None:
    """Where no sentence holds a word of the question, the clip is shown from the answer's start."""
    hit = shelf.find("dangereux").hits[0]

    assert hit.clip.title == DANGER
    assert (hit.moment.at, hit.moment.marks) == (5.0, ())


def test_keyword_mode_never_loads_the_model(shelf: Shelf) -> None:
    """The first visitor after a start must not wait for it."""
    page = search(shelf.reader, no_embedder, Request("hôpital", Mode.KEYWORD, 3), shelf)

    assert page.hits[0].clip.title == HOSPITAL


@pytest.mark.usefixtures("without_floor")
@pytest.mark.parametrize("mode", Mode)
def test_a_withdrawn_clip_never_appears_and_its_place_is_filled(shelf: Shelf, mode: Mode) -> None:
    """What ``live`` does not return is nowhere, and the page is as full as before."""
    before = shelf.find("heures de nuit", mode, limit=2).hits
    shelf.withdrawn.add(before[0].clip.id)
    after = shelf.find("heures de nuit", mode, limit=2).hits

    assert before[0].clip.id not in {hit.clip.id for hit in after}
    assert [before[1].clip.id, 2] == [after[0].clip.id, len(after)]


@pytest.mark.usefixtures("without_floor")
def test_when_nearly_all_is_withdrawn_the_last_is_still_found(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refilling goes on to the last candidate, and asks about each clip once."""
    monkeypatch.setattr("pipeline.index.search.POOL", 1)
    last = shelf.find("infirmière", Mode.SEMANTIC, limit=12).hits[-1].clip.id
    shelf.withdrawn = {entry.clip.id for entry in shelf.entries} - {last}
    shelf.asked.clear()
    page = shelf.find("infirmière", Mode.SEMANTIC, limit=1)

    assert [last] == [hit.clip.id for hit in page.hits]
    asked = [one for ids in shelf.asked for one in ids]
    assert len(shelf.asked) > 1
    assert 12 == len(asked) == len(set(asked))


def test_everything_withdrawn_gives_an_empty_page(shelf: Shelf) -> None:
    """No hit, no error."""
    shelf.withdrawn = {entry.clip.id for entry in shelf.entries}

    assert shelf.find("heures de nuit", Mode.HYBRID).hits == ()


@pytest.mark.usefixtures("without_floor")
def test_a_meeting_takes_no_more_places_than_allowed(shelf: Shelf) -> None:
    """With ``per_meeting=1``, six meetings fill at most six places, each with its best clip."""
    page = shelf.find("vétérinaire et animaux", Mode.SEMANTIC, limit=12, per_meeting=1)
    all_hits = shelf.find("vétérinaire et animaux", Mode.SEMANTIC, limit=12).hits

    recordings = [hit.clip.recording_id for hit in page.hits]
    assert (len(set(recordings)), len(all_hits)) == (6, 12)
    assert list(dict.fromkeys(hit.clip.recording_id for hit in all_hits)) == recordings


def test_a_page_is_always_the_same(shelf: Shelf) -> None:
    """Equal scores are ordered by clip id."""
    assert shelf.find("heures", Mode.HYBRID) == shelf.find("heures", Mode.HYBRID)
    same = [Candidate(row, ClipId(name), 0.5, 0.5, 0.0) for row, name in enumerate("ba")]
    assert ["a", "b"] == [one.clip_id for one in best_first(same)]


@pytest.mark.usefixtures("without_floor")
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize(
    "query",
    [
        "😀👩‍⚕️",
        '"hôpital',
        "title:hôpital AND (boulanger OR *) NOT [a TO z]^3~",
        "'; DROP TABLE clips; --",
        "<script>alert(1)</script>",
        "hôpital\x00\x07\x1b[2J",
        "hôpital \ud800",
        '+-&&||!(){}[]^"~*?:\\/',
        "مرحبا 你好 дом",
        "a" * 1000,
    ],
)
def test_any_characters_are_just_text(shelf: Shelf, mode: Mode, query: str) -> None:
    """Emoji, quotes, operators, SQL, controls, broken characters: no error, and words among them are found."""
    page = shelf.find(query, mode)

    if "hôpital" in query:
        assert HOSPITAL in {hit.clip.title for hit in page.hits}
    elif mode is Mode.KEYWORD:
        assert page.hits == ()
    else:
        assert len(page.hits) == 10


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=st.text(st.characters(), min_size=1, max_size=50))
def test_no_question_breaks_a_keyword_search(shelf: Shelf, query: str) -> None:
    """Hits or none, or a refusal because there is nothing but space."""
    if query.strip():
        assert len(shelf.find(query).hits) <= 10
    else:
        with pytest.raises(InvalidQuery):
            shelf.find(query)


@pytest.mark.parametrize("query", ["", "   ", "\n\t\u00a0"])
def test_an_empty_question_is_refused(shelf: Shelf, query: str) -> None:
    """In one French sentence."""
    with pytest.raises(InvalidQuery, match="La question est vide"):
        shelf.find(query)


@pytest.mark.parametrize("mode", Mode)
def test_a_question_of_ten_thousand_characters_is_refused(shelf: Shelf, mode: Mode) -> None:
    """It says how long it is and how long it may be."""
    with pytest.raises(InvalidQuery, match="trop longue \\(10000 caractères, 1000 au plus\\)"):
        shelf.find("infirmière" * 1000, mode)


def test_surrounding_space_is_no_part_of_the_question(shelf: Shelf) -> None:
    """The page repeats the question as it was understood."""
    assert shelf.find("  hôpital \n").query == "hôpital"


def test_a_library_without_an_index_answers_an_empty_page(tmp_path: Path, shelf: Shelf) -> None:
    """Nothing published yet is no fault: the caller words it."""
    page = search(IndexReader(tmp_path), no_embedder, Request("hôpital"), shelf)

    assert (page.hits, page.generation) == ((), "")


@pytest.mark.parametrize("mode", Mode)
def test_an_index_without_clips_answers_an_empty_page(own_shelf: Shelf, mode: Mode) -> None:
    """All withdrawn and rebuilt: no hit, and the generation has a name."""
    manifest = own_shelf.rebuild(())
    page = own_shelf.find("hôpital", mode)

    assert ((), manifest.name) == (page.hits, page.generation)


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.HYBRID])
def test_another_model_than_the_indexs_is_refused(own_shelf: Shelf, mode: Mode, embedder: Embedder) -> None:
    """Vectors of two models are never compared; the sentence names the setting."""
    from pipeline.index.generation import build, publish

    publish(own_shelf.root, build((), "another model", own_shelf.root, NOW))

    with pytest.raises(IndexMismatch, match="VIDEOTHEQUE_EMBEDDER"):
        own_shelf.find("hôpital", mode)
    assert own_shelf.find("hôpital", Mode.KEYWORD).hits == ()


def test_a_hit_belongs_to_its_recording(shelf: Shelf) -> None:
    """The clip on the page is the catalogue's own."""
    hit = shelf.find("vaches").hits[0]

    assert recording_of("vétérinaire") == hit.clip.recording_id
    assert hit.clip in [entry.clip for entry in shelf.entries]
