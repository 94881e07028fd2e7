"""The JSON API: its answers, its problems, and what it never says."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from pipeline.errors import IndexUnavailable, InvalidQuery, ModelUnavailable
from pipeline.records import FacetName
from tests.videotheque.shelf import BAKER, CODER, FORGOTTEN, RECORDING, REGISTER_LOST, SECRET_PATH, Shelf

HARMLESS = {
    "emoji": "🤷‍♀️🔥👩🏽‍🍳",
    "quotes": "\"l'hôpital\" « soin » ' '' \" “",
    "parentheses": ")(((][}{ ) AND ( OR NOT",
    "sql": "'; DROP TABLE clips; -- UNION SELECT * FROM consents",
    "engine syntax": 'title:* ~2 ^9 +a -b [a TO z] "x',
    "markup": "<script>alert(1)</script>{{ 7*7 }}{% raw %}",
    "controls": "\u200f\u0007\ufeff\u2028 jour",
    "not utf-8, decoded": "\ufffd\ufffd",
}
"""Questions that are odd, not wrong."""


def problem(answer: Any, status: int, kind: str) -> dict[str, Any]:
    """The problem report of an answer, once its form is checked."""
    report: dict[str, Any] = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert report["type"] == f"urn:videotheque:problem:{kind}"
    assert report["status"] == status
    assert report["title"]
    assert report["detail"].endswith(".")
    assert "\n" not in report["detail"]
    assert SECRET_PATH not in answer.text
    return report


def test_search_gives_the_clip_and_the_second_that_answers(client: TestClient) -> None:
    """An item says what the clip is, why it was found, and where the answer is, with addresses that work."""
    answer = client.get("/api/v1/clips", params={"q": "Quand commence la journée ?", "limit": 1})

    body = answer.json()
    item = body["items"][0]
    assert answer.status_code == 200
    assert {name: body[name] for name in ("query", "mode", "generation")} == {
        "query": "Quand commence la journée ?",
        "mode": "hybrid",
        "generation": "gen-1",
    }
    assert len(body["items"]) == 1
    assert (item["id"], item["occupation"], item["duration"]) == (BAKER, "pâtissière", 3.0)
    assert (item["why"], item["score"]) == ("both", 0.5)
    assert item["moment"] == {
        "at": 1.0,
        "in_meeting": 61.0,
        "text": "La journée commence à quatre heures.",
        "marks": [{"start": 11, "end": 19}, {"start": 3, "end": 10}],
        "url": f"/extraits/{BAKER}?t=1.0#lecteur",
        "video_url": f"/medias/{BAKER}/video.mp4#t=1.0",
    }
    for address in ("url", "video_url", "captions_url", "poster_url"):
        assert client.get(item[address]).status_code == 200


def test_one_clip_comes_with_its_transcript(client: TestClient) -> None:
    """A clip's own address gives its sentences with roles and times."""
    body = client.get(f"/api/v1/clips/{CODER}").json()

    assert body["title"] == "Coder <script>alert(1)</script> & cie"
    assert body["sentences"][0] == {
        "role": "young_person",
        "start": 0.0,
        "end": 1.5,
        "text": "Faut-il être bonne en maths ?",
    }


def test_no_recording_and_no_path_is_ever_said(client: TestClient) -> None:
    """Neither the recording's id nor a file name leaves through the API."""
    texts = [client.get("/api/v1/clips?q=journée").text, client.get(f"/api/v1/clips/{BAKER}").text]

    for text in texts:
        assert RECORDING not in text
        assert "recording_id" not in text
        assert "clip.mp4" not in text
        assert "sha256" not in text


def test_an_empty_library_answers_with_nothing(empty_client: TestClient) -> None:
    """Searching a library without a clip is no error."""
    answer = empty_client.get("/api/v1/clips?q=journée")

    assert answer.status_code == 200
    assert answer.json()["items"] == []


@pytest.mark.parametrize("question", HARMLESS.values(), ids=HARMLESS.keys())
@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
def test_an_odd_question_reaches_the_library_unchanged(
    client: TestClient, shelf: Shelf, question: str, mode: str
) -> None:
    """Emoji, quotes, parentheses, SQL and engine syntax are questions like others: searched as written."""
    answer = client.get("/api/v1/clips", params={"q": question, "mode": mode})

    assert answer.status_code == 200
    assert answer.json()["query"] == question.strip()
    assert shelf.asked == [question.strip()]
    assert shelf.count() == 2


@pytest.mark.parametrize("letter", ["a", "é", "'", "("])
def test_ten_thousand_characters_are_refused_in_french(client: TestClient, shelf: Shelf, letter: str) -> None:
    """A question of 10,000 characters gets 422 and one French sentence, and is not searched."""
    report = problem(client.get("/api/v1/clips", params={"q": letter * 10_000}), 422, "invalid-parameter")

    assert report["parameter"] == "q"
    assert report["detail"].startswith("La question est trop longue")
    assert "1000 caractères" in report["detail"]
    assert shelf.asked == []


def test_a_thousand_characters_are_searched(client: TestClient) -> None:
    """The limit itself is allowed."""
    assert client.get("/api/v1/clips", params={"q": "é" * 1000}).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "parameter", "sentence"),
    [
        ({}, "q", "La question manque"),
        ({"q": "  \t "}, "q", "La question est vide"),
        ({"q": "a", "mode": "magic"}, "mode", "Ce mode de recherche n’existe pas"),
        ({"q": "a", "mode": ""}, "mode", "Ce mode de recherche n’existe pas"),
        ({"q": "a", "limit": "0"}, "limit", "Le nombre de résultats doit être un entier de 1 à 50"),
        ({"q": "a", "limit": "51"}, "limit", "Le nombre de résultats"),
        ({"q": "a", "limit": "beaucoup"}, "limit", "Le nombre de résultats"),
    ],
)
def test_a_wrong_parameter_is_named_in_french(
    client: TestClient, parameters: dict[str, str], parameter: str, sentence: str
) -> None:
    """A wrong parameter gets 422, its name, and what to do, not the framework's English."""
    report = problem(client.get("/api/v1/clips", params=parameters), 422, "invalid-parameter")

    assert report["parameter"] == parameter
    assert report["detail"].startswith(sentence)


def test_the_engines_own_refusal_is_told_to_the_asker(client: TestClient, shelf: Shelf) -> None:
    """What the search says of a question it cannot take is said to who asked it."""
    shelf.failure = InvalidQuery("La question ne contient que des espaces ; écrivez un mot.")

    report = problem(client.get("/api/v1/clips?q=x"), 422, "invalid-query")

    assert report["detail"] == "La question ne contient que des espaces\u202f; écrivez un mot."


def test_a_withdrawn_clip_is_gone(client: TestClient, shelf: Shelf) -> None:
    """After a withdrawal the clip is in no result, no longer counted, and its address answers 410."""
    before = client.get("/api/v1/clips?q=journée").json()
    shelf.withdrawn.add(BAKER)

    after = client.get("/api/v1/clips?q=journée").json()
    report = problem(client.get(f"/api/v1/clips/{BAKER}"), 410, "clip-withdrawn")

    assert [item["id"] for item in before["items"]] == [BAKER, CODER]
    assert [item["id"] for item in after["items"]] == [CODER]
    assert shelf.count() == 1
    assert "pâtisserie" not in json.dumps(report, ensure_ascii=False)


@pytest.mark.parametrize("clip_id", ["clip-99999999999999999999", "clip-1", "x", "clip-0000000000000000000%00"])
def test_an_unknown_clip_is_not_found(client: TestClient, clip_id: str) -> None:
    """An id that no clip has, or that is no id, gets 404."""
    problem(client.get(f"/api/v1/clips/{clip_id}"), 404, "clip-unknown")


@pytest.mark.logs_errors
@pytest.mark.parametrize(
    ("failure", "status", "kind"),
    [
        (REGISTER_LOST, 503, "register-unavailable"),
        (IndexUnavailable(SECRET_PATH), 503, "search-unavailable"),
        (ModelUnavailable(SECRET_PATH), 503, "search-unavailable"),
        (FORGOTTEN, 500, "unexpected"),
    ],
)
def test_what_operators_read_is_not_told_to_visitors(
    client: TestClient, shelf: Shelf, caplog: pytest.LogCaptureFixture, failure: Exception, status: int, kind: str
) -> None:
    """A failure of the service gets a neutral sentence; its cause goes to the log, the question does not."""
    shelf.failure = failure

    problem(client.get("/api/v1/clips?q=question-confidentielle"), status, kind)

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("videotheque")]
    assert len(ours) == 1
    assert SECRET_PATH in ours[0]
    assert "question-confidentielle" not in ours[0]


@pytest.mark.logs_errors
def test_without_the_register_nothing_is_shown(client: TestClient, shelf: Shelf) -> None:
    """When consent cannot be checked, no route of the API gives any content."""
    shelf.failure = REGISTER_LOST

    for path in ("/api/v1/clips?q=journée", f"/api/v1/clips/{BAKER}", "/sante"):
        report = problem(client.get(path), 503, "register-unavailable")
        assert "rien n’est montré" in report["detail"]


def test_health_counts_the_clips(client: TestClient) -> None:
    """The health address says that the library answers."""
    assert client.get("/sante").json() == {"status": "ok", "clips": 2}


def test_the_contract_is_published(client: TestClient) -> None:
    """OpenAPI describes the routes and their problems, and nothing is loaded from another host to show it."""
    contract = client.get("/openapi.json").json()

    search = contract["paths"]["/api/v1/clips"]["get"]
    assert set(search["responses"]) == {"200", "422", "503"}
    assert set(search["responses"]["422"]["content"]) == {"application/problem+json"}
    facets = {facet.value for facet in FacetName}
    assert {one["name"] for one in search["parameters"]} == {
        *("q", "mode", "limit", "per_meeting", "facets", "cursor", "since", "until"),
        *facets,
    }
    assert set(contract["paths"]["/api/v1/clips/{clip_id}"]["get"]["responses"]) >= {"200", "404", "410", "503"}
    assert "HTTPValidationError" not in json.dumps(contract)
    assert [client.get(path).status_code for path in ("/docs", "/redoc")] == [404, 404]


def test_a_wrong_method_is_told_in_french(client: TestClient) -> None:
    """Only GET is offered, and the answer says so."""
    answer = client.post("/api/v1/clips?q=a")

    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


def test_an_unknown_api_address_is_a_problem_report(client: TestClient) -> None:
    """Under /api/ even a wrong address answers for programs."""
    problem(client.get("/api/v2/clips"), 404, "not-found")


def test_a_clip_says_what_it_is_about_and_where_it_is_said(client: TestClient) -> None:
    """Summary and tags come with every clip; a tag gives its sentence in the clip, never a time of the meeting."""
    listed = client.get("/api/v1/clips", params={"q": "Quand commence la journée ?", "limit": 1}).json()["items"][0]
    detail = client.get(f"/api/v1/clips/{BAKER}").json()

    assert (
        listed["summary"]
        == detail["summary"]
        == [
            "La journée commence à quatre heures.",
            "Ensuite on nettoie tout : c'est long !",
        ]
    )
    assert listed["tags"] == detail["tags"]
    assert [("question", 0, 0.0), ("sector", None, None), ("occupation", None, None), ("level", 2, 2.0)] == [
        (one["kind"], one["sentence"], one["at"]) for one in detail["tags"]
    ]
    assert ("D1104", "MET.450") == (detail["tags"][2]["rome"], detail["tags"][2]["onisep"])
    assert ([], []) == tuple(client.get(f"/api/v1/clips/{CODER}").json()[name] for name in ("summary", "tags"))
