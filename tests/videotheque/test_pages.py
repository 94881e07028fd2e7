"""The French page: what it says, what it is made of, and what becomes of it when something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from starlette.testclient import TestClient

from tests.videotheque.html import Page
from tests.videotheque.shelf import BAKER, CODER, FORGOTTEN, RECORDING, REGISTER_LOST, SECRET_PATH, Shelf
from tests.videotheque.test_api import HARMLESS
from videotheque.pages import EXAMPLES

Read = Callable[[str], Page]

EVERY_PAGE = [
    "/",
    "/?q=journée&mode=keyword",
    "/?q=introuvable",
    f"/extraits/{BAKER}?t=1.2",
    f"/extraits/{CODER}",
    "/extraits/clip-99999999999999999999",
    "/nulle-part",
    "/?q=a&mode=magic",
]


@pytest.fixture
def read(client: TestClient) -> Read:
    """Read a page, strictly."""

    def page(address: str) -> Page:
        answer = client.get(address)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        return Page(answer.text)

    return page


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_every_page_is_well_formed_and_accessible(read: Read, address: str) -> None:
    """French, one h1, headings in order, a title, a skip link, labels bound, pictures with their alt."""
    page = read(address)

    ids = [one["id"] for one in page.elements if "id" in one.attributes]
    levels = [int(one.tag[1]) for one in page.elements if re.fullmatch("h[1-6]", one.tag)]
    controls = [one for one in page.all("input") if one.attributes.get("type") != "hidden"]
    assert page.one("html")["lang"] == "fr"
    assert page.one("h1").text.strip()
    assert "Vidéothèque d’orientation" in page.one("title").text
    assert page.one("a", class_="skip")["href"] == "#contenu"
    assert page.one("main")["id"] == "contenu"
    assert len(ids) == len(set(ids))
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {one["id"] for one in controls} == {one["for"] for one in page.all("label")}
    assert page.one("fieldset").parents[-1] == "form"
    assert page.one("legend").text == "Chercher par"
    assert all("alt" in one.attributes for one in page.all("img"))
    assert page.one("form", role="search")["method"] == "get"
    assert page.one("meta", name="viewport")["content"] == "width=device-width, initial-scale=1"


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_no_page_breaks_its_own_policy_or_calls_another_host(client: TestClient, read: Read, address: str) -> None:
    """No inline script or style, no handler, no external address, no frame, no autoplay: CSP has nothing to block."""
    page = read(address)

    attributes = {name for one in page.elements for name in one.attributes}
    addresses = [
        one[name] for one in page.elements for name in ("src", "href", "poster", "action") if name in one.attributes
    ]
    assert all(one.text == "" and one["src"].startswith("/statique/") for one in page.all("script"))
    assert page.all("style") == page.all("iframe") == page.all("object") == []
    assert not {name for name in attributes if name == "style" or name.startswith("on")}
    assert "autoplay" not in attributes
    assert all(re.match(r"/(?!/)|#", one) for one in addresses)
    assert not re.search(r"https?://", client.get(address).text)


@pytest.mark.parametrize("address", EVERY_PAGE)
def test_typography_is_french(read: Read, address: str) -> None:
    """No breaking space before ? ! ; : » nor after « in anything that is read."""
    page = read(address)

    seen = re.sub(r"https?://\S+", "", page.one("body").text)
    assert re.findall(r".{0,15} [?!;:»]|« .{0,15}", seen) == []


def test_home_proposes_questions_and_clips(read: Read, client: TestClient) -> None:
    """The home page says what this is, offers questions that can be clicked, and shows some clips."""
    page = read("/")

    examples = [one for one in page.all("a") if one["href"].startswith("/?q=")]
    assert len(examples) == len(EXAMPLES) == 6
    assert all(client.get(one["href"]).status_code == 200 for one in examples)
    assert [one["href"] for one in page.all("a") if one["href"].startswith("/extraits/")] == [
        f"/extraits/{BAKER}",
        f"/extraits/{CODER}",
    ]
    assert page.one("p", role="status").text == "2\u00a0extraits à regarder"
    assert "jeunes ont rencontré" in page.one("p", class_="lead").text


def test_a_hit_has_all_it_takes_to_watch_and_read(read: Read) -> None:
    """A hit has its poster, a player that starts at the moment, captions, the marked sentence and the transcript."""
    page = read("/?q=Une journée ?")

    video = page.all("video")[0]
    track = page.all("track")[0]
    times = [one for one in page.all("a") if one.attributes.get("class") == "time"]
    assert [one.parents[-2:] for one in page.all("article")] == [("ol", "li")] * 2
    assert video["src"] == f"/medias/{BAKER}/video.mp4#t=1.0"
    assert video["poster"] == f"/medias/{BAKER}/poster.jpg"
    assert (video["preload"], "controls" in video.attributes) == ("none", True)
    assert {name: track[name] for name in ("kind", "srclang", "label", "src")} == {
        "kind": "captions",
        "srclang": "fr",
        "label": "Français",
        "src": f"/medias/{BAKER}/captions.vtt",
    }
    assert "default" in track.attributes
    assert page.one("p", role="status").text == "2\u00a0extraits trouvés"
    assert [one.text for one in page.all("mark")] == ["journée", "journée", "journée"]
    assert page.all("blockquote")[0].text.strip() == "La journée commence à quatre heures."
    assert "à 0\u202fmin\u00a01\u202fs" in page.all("a", class_="jump")[0].text
    assert page.all("span", class_="why")[0].text == "Trouvé par les mots et par le sens"
    assert page.all("p", class_="facts")[0].text.strip() == "Pâtissière  3\u202fs"
    assert [one.text for one in page.all("summary")] == ["Affiner", *["Lire l’extrait"] * 2]
    assert times[1]["href"] == f"/extraits/{BAKER}?t=1.0#lecteur"
    assert [one.text for one in page.all("p", class_="role")] == ["Jeune", "Professionnel·le"] * 2


def test_the_form_keeps_the_question_and_the_mode(read: Read) -> None:
    """The page of results lets the visitor change a word, in the mode that was chosen."""
    page = read("/?q=journée&mode=keyword")

    chosen = [one["value"] for one in page.all("input", type="radio") if "checked" in one.attributes]
    assert page.one("input", id="q")["value"] == "journée"
    assert [one["value"] for one in page.all("input", type="radio")] == ["hybrid", "keyword", "semantic"]
    assert chosen == ["keyword"]


def test_the_clip_page_is_complete_without_javascript(read: Read) -> None:
    """Title, player, captions, who speaks and when, times as links, and how to ask for a withdrawal."""
    page = read(f"/extraits/{BAKER}")

    assert page.one("h1").text == "À quoi ressemble une journée en pâtisserie\u202f?"
    assert page.one("video")["src"] == f"/medias/{BAKER}/video.mp4"
    assert page.one("video")["preload"] == "metadata"
    assert page.one("track")["kind"] == "captions"
    assert [one.text for one in page.all("p", class_="role")] == ["Jeune", "Professionnel·le"]
    assert page.one("code").text == BAKER
    assert "mars\u00a02026" in page.one("aside").text
    assert page.one("a", href="#retrait").text == "Demander son retrait"


@pytest.mark.parametrize(
    ("asked", "start"),
    [("1.25", "#t=1.2"), ("1,5", "#t=1.5"), ("0", ""), ("-1", ""), ("3", ""), ("nan", ""), ("inf", ""), ("x", "")],
)
def test_the_player_starts_where_the_address_says(read: Read, asked: str, start: str) -> None:
    """A time inside the clip starts the player there; any other starts it at the beginning."""
    page = read(f"/extraits/{BAKER}?t={asked}")

    assert page.one("video")["src"] == f"/medias/{BAKER}/video.mp4{start}"
    assert bool(page.all("p", class_="opened")) == bool(start)


def test_the_chosen_sentence_is_shown(read: Read) -> None:
    """Opened at a moment, the page shows which sentence it is."""
    page = read(f"/extraits/{BAKER}?t=1.0")

    assert "La journée commence" in page.one("p", class_="sentence chosen").text


@pytest.mark.parametrize("question", HARMLESS.values(), ids=HARMLESS.keys())
def test_an_odd_question_is_shown_as_typed(client: TestClient, shelf: Shelf, question: str) -> None:
    """Emoji, quotes, SQL and markup come back as text in the form; nothing of it is obeyed."""
    answer = client.get("/", params={"q": question})

    page = Page(answer.text)
    assert answer.status_code == 200
    assert page.one("input", id="q")["value"] == question.strip()
    assert len(page.all("script")) == 1
    assert shelf.asked == [question.strip()]


def test_markup_in_a_title_or_a_sentence_is_text(read: Read) -> None:
    """What people said and what titles hold is escaped everywhere it is shown."""
    page = read(f"/extraits/{CODER}")

    assert page.one("h1").text == "Coder <script>alert(1)</script> & cie"
    assert page.one("video")["aria-label"] == "Vidéo\u00a0: Coder <script>alert(1)</script> & cie"
    assert len(page.all("script")) == 1
    assert page.all("b") == []


def test_nothing_found_helps_to_go_on(read: Read) -> None:
    """A question without an answer is no error: the page says so and proposes what to do."""
    page = read("/?q=introuvable&mode=keyword")

    assert page.one("h1").text == "Rien trouvé pour «\u00a0introuvable\u00a0»"
    assert "Aucun des 2\u00a0extraits" in page.one("p", role="status").text
    assert len(page.all("a")) > len(EXAMPLES)
    assert page.one("a", href="/?q=introuvable&mode=hybrid").text == "cherchez par les mots et par le sens"


@pytest.mark.parametrize("address", ["/", "/?q=journée"])
def test_an_empty_library_says_so(empty_client: TestClient, address: str) -> None:
    """Before the first clip, home and search say that there is none yet."""
    answer = empty_client.get(address)

    assert answer.status_code == 200
    assert "ne contient encore aucun extrait" in Page(answer.text).one("p", role="status").text


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"q": "é" * 10_000}, "La question est trop longue"),
        ({"q": "métier", "mode": "magic"}, "Ce mode de recherche n’existe pas"),
    ],
)
def test_a_refused_question_is_explained_and_kept(
    client: TestClient, parameters: dict[str, str], sentence: str
) -> None:
    """A wrong question gets 422, one French sentence, and is still in the form to be corrected."""
    answer = client.get("/", params=parameters)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert page.one("p", role="alert").text.startswith(sentence)
    assert page.one("input", id="q")["value"] == parameters["q"]


def test_a_withdrawn_clip_disappears_from_every_page(client: TestClient, shelf: Shelf) -> None:
    """After a withdrawal: 410 at its address, and neither its title nor its id on any other page."""
    before = [client.get(address) for address in ("/", "/?q=journée", f"/extraits/{BAKER}")]
    shelf.withdrawn.add(BAKER)

    after = [client.get(address) for address in ("/", "/?q=journée", f"/extraits/{BAKER}")]

    assert [answer.status_code for answer in before] == [200, 200, 200]
    assert all("pâtisserie" in answer.text for answer in before)
    assert [answer.status_code for answer in after] == [200, 200, 410]
    assert not any("pâtisserie" in answer.text or BAKER in answer.text for answer in after)
    assert Page(after[2].text).one("h1").text == "Extrait retiré"
    assert all(answer.headers["cache-control"] == "private, no-store" for answer in before + after)


@pytest.mark.logs_errors
@pytest.mark.parametrize(("failure", "status"), [(REGISTER_LOST, 503), (FORGOTTEN, 500), (ValueError("x"), 500)])
def test_a_failure_shows_no_clip_and_no_cause(
    client: TestClient, shelf: Shelf, failure: Exception, status: int
) -> None:
    """When consent cannot be checked, or anything else fails, no page shows a clip, a cause or a traceback."""
    shelf.failure = failure

    for address in ("/", "/?q=journée", f"/extraits/{BAKER}"):
        answer = client.get(address)
        assert answer.status_code == status
        assert Page(answer.text).one("p", role="alert").text.strip().endswith(".")
        for never in ("pâtisserie", SECRET_PATH, "Traceback", "Error"):
            assert never not in answer.text


@pytest.mark.parametrize("address", ["/", "/?q=journée", f"/extraits/{BAKER}"])
def test_no_page_names_a_recording_or_a_file(client: TestClient, address: str) -> None:
    """Neither the recording's id, nor a file of the storage, nor the day of the meeting is on a page."""
    text = client.get(address).text

    for never in (RECORDING, "clip.mp4", "clip.vtt", "12 mars", "2026-03-12"):
        assert never not in text


def test_head_answers_as_get(client: TestClient) -> None:
    """HEAD works on the pages, without a body."""
    answers = [client.head("/"), client.head(f"/extraits/{BAKER}")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(200, b""), (200, b"")]


def test_a_clip_shows_its_summary_and_its_themes(read: Read) -> None:
    """Each theme that was said opens the clip at that second; one that was declared is only told; none is hidden."""
    page = read(f"/extraits/{BAKER}")
    chips = (
        page.all("li", class_="tag question") + page.all("li", class_="tag sector") + page.all("li", class_="tag level")
    )

    assert "La journée commence à quatre heures." in page.one("p", class_="summary").text
    assert [
        "Journée type, dit à 0\u202fmin\u00a00\u202fs",
        "Hôtellerie & restauration",
        "CAP, BEP, dit à 0\u202fmin\u00a02\u202fs",
    ] == [one.text for one in chips]
    assert f"/extraits/{BAKER}?t=2.0#lecteur" in [one["href"] for one in page.all("a") if "href" in one.attributes]
    assert [] == page.all("li", class_="tag occupation")


def test_a_card_shows_the_themes_without_a_second_link(read: Read) -> None:
    """The whole card is one link; a clip without themes has no empty list."""
    page = read("/")

    assert [one.text.strip() for one in page.all("ul", class_="tags")[0:1]] != [""]
    assert 1 == len(page.all("ul", class_="tags")) == len(page.all("p", class_="summary"))
    assert [f"/extraits/{BAKER}", f"/extraits/{CODER}"] == [
        one["href"] for one in page.all("a") if one["href"].startswith("/extraits/")
    ]
