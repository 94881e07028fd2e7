"""Review by the persons recorded: nothing is shown that somebody must still approve, and each decides alone."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from consent.links import PersonalLink, sign_link
from consent.records import PersonId
from consent.reviewers import Reviewers
from consent.vault import Identity
from flows.generations import refresh_index
from flows.workshop import Workshop
from pipeline.records import Clip, Outcome, Stage
from pipeline.settings import Settings
from tests.conftest import SmallMeeting
from tests.databases import on_either
from tests.flows.nights import Library as Night
from tests.flows.nights import environment, library_of, on_server, registered, run, stages, workshop_of
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library
from videotheque.view import MediaKind
from videotheque.wording import clock, typography

REVIEWED = "essai-stereo"
"""Two adults: nobody else is asked."""

Page = Callable[[str], str]


@pytest.fixture(scope="session")
def night(small_meeting: SmallMeeting, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Six meetings after a real night; copied before any change."""
    return library_of(small_meeting, tmp_path_factory)


class Scene:
    """A meeting whose two persons did not give up approving their clips."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workshop = workshop_of(settings)
        folder = self.workshop.catalogue.meeting(REVIEWED).folder
        described = json.loads((folder / "meeting.json").read_bytes())
        for person in described["participants"]:
            del person["review"]
        (folder / "meeting.json").write_text(json.dumps(described), "utf-8")
        self.meeting = registered(self.workshop, folder)

    def address(self, person: str, days: float = 1) -> str:
        """A person's link."""
        link = PersonalLink(
            recording_id=self.meeting.recording_id,
            person_id=PersonId(person),
            expires_at=self.workshop.clock() + timedelta(days=days),
        )
        return addresses.review_url(sign_link(link, self.workshop.keyring.for_links()))

    def name(self, **people: str) -> None:
        """Declare names in the description, and read it again."""
        path = self.meeting.folder / "meeting.json"
        described = json.loads(path.read_bytes())
        for person in described["participants"]:
            person.update({"name": people[person["id"]]} if person["id"] in people else {})
        path.write_text(json.dumps(described), "utf-8")
        self.meeting = registered(self.workshop, path.parent)

    def clips(self) -> list[Clip]:
        """The clips made, in order of time, shown or not."""
        made = self.workshop.catalogue.made_of(self.meeting.recording_id).values()
        return sorted((one.clip for one in made), key=lambda clip: clip.span.start)

    def shown(self) -> set[str]:
        """Ids of the clips that visitors see."""
        return set(self.workshop.catalogue.live_of(self.meeting.recording_id))


@pytest.fixture
def scene(night: Night, tmp_path: Path, server_address: str | None) -> Scene:
    """That meeting in a home of its own."""
    settings = night.copy(tmp_path / "home")
    return Scene(settings if server_address is None else on_server(settings, server_address))


class _Unhurried(Desk):
    """A desk whose erasures are left to the night."""

    def erase(self) -> None:
        """Leave it."""


@pytest.fixture
def browser(scene: Scene) -> Iterator[TestClient]:
    """A browser without JavaScript."""
    with TestClient(create_app(Library(scene.settings), _Unhurried(scene.settings))) as client:
        yield client


def _seen(browser: TestClient, address: str, clip: Clip) -> str:
    """The state of a clip that the page shows, as its form will say it; empty where the page has no such clip."""
    form = rf'value="{clip.id}"><input type="hidden" name="vu" value="([0-9a-f]+)">'
    found = re.search(form, browser.get(address).text)
    return found.group(1) if found else ""


def _say(browser: TestClient, address: str, action: str, clip: Clip, **fields: str) -> int:
    fields = {"action": action, "extrait": clip.id, "vu": _seen(browser, address, clip), **fields}
    return browser.post(address, data=fields, follow_redirects=True).status_code


@on_either
def test_a_clip_is_shown_once_everybody_who_is_asked_approved_it(scene: Scene, browser: TestClient) -> None:
    """Not before, not by one of the two; the other clip still waits."""
    first, second = scene.clips()
    seen = [scene.shown()]

    for person in ("jeune", "pro"):
        assert _say(browser, scene.address(person), "approuver", first) == 200
        seen.append(scene.shown())

    assert [set(), set(), {first.id}] == seen
    assert browser.get(addresses.clip_url(first.id)).status_code == 200
    assert browser.get(addresses.clip_url(second.id)).status_code != 200


@pytest.mark.parametrize(
    ("reviewers", "needed"),
    [(Reviewers.NOBODY, ()), (Reviewers.YOUNG_PERSON, ("jeune",)), (Reviewers.BOTH, ("jeune", "pro"))],
)
def test_the_policy_says_whose_approval_is_needed(scene: Scene, reviewers: Reviewers, needed: tuple[str, ...]) -> None:
    """Both by default; the young person alone; or nobody."""
    settings = scene.settings.model_copy(update={"reviewers": reviewers})
    (clip, *_) = scene.clips()
    with TestClient(create_app(Library(settings), _Unhurried(settings))) as browser:
        for person in needed:
            assert workshop_of(settings).catalogue.live([clip.id]) == {}
            _say(browser, scene.address(person), "approuver", clip)

        assert set(workshop_of(settings).catalogue.live([clip.id])) == {clip.id}


def test_a_minors_guardian_is_asked_too(night: Night, tmp_path: Path) -> None:
    """With the young person, never instead."""
    settings = night.copy(tmp_path / "home")
    workshop = workshop_of(settings)
    folder = workshop.catalogue.meeting("essai-platform-transcript").folder
    text = (folder / "meeting.json").read_text("utf-8")
    (folder / "meeting.json").write_text(text.replace('"waived"', '"asked"'), "utf-8")
    meeting = registered(workshop, folder)
    approvals = workshop.catalogue.approvals.of(meeting.recording_id)

    asked = {party.id for party in approvals.awaited("clip-0", "content", Reviewers.BOTH)}

    assert asked == {"pro", "jeune", "parent"}


@on_either
def test_a_refused_clip_goes_at_once_and_comes_back_only_if_the_same_person_agrees(
    scene: Scene, browser: TestClient
) -> None:
    """Approved by both, then refused by one: 410 at the next request; the other one's approval changes nothing."""
    (clip, *_) = scene.clips()
    for person in ("jeune", "pro"):
        _say(browser, scene.address(person), "approuver", clip)
    assert scene.shown() == {clip.id}

    assert _say(browser, scene.address("jeune"), "refuser", clip) == 200

    assert browser.get(addresses.clip_url(clip.id)).status_code == 410
    assert browser.get(addresses.video_url(clip.id)).status_code == 410
    assert _say(browser, scene.address("pro"), "approuver", clip) == 410
    stages(scene.workshop, scene.meeting)
    assert clip.id not in {one.id for one in scene.clips()}


@on_either
def test_a_clip_trimmed_by_its_person_is_made_again_and_asked_again(scene: Scene, browser: TestClient) -> None:
    """The seconds left out are nowhere; what was approved before stays approved where it is the same."""
    clip, other = scene.clips()
    for person in ("jeune", "pro"):
        for one in (clip, other):
            _say(browser, scene.address(person), "approuver", one)
    wanted = (2.0, clip.duration - 3.0)

    answer = browser.post(
        scene.address("jeune"),
        data={"action": "raccourcir", "extrait": clip.id, "debut": "2", "fin": f"{wanted[1]:.2f}".replace(".", ",")},
    )

    assert answer.status_code == 200
    assert scene.shown() == {other.id}
    stages(scene.workshop, registered(scene.workshop, scene.meeting.folder))
    again = next(one for one in scene.clips() if one.id != other.id)
    assert again.id != clip.id
    assert clip.span.start + wanted[0] <= again.span.start < again.span.end <= clip.span.start + wanted[1] + 0.05
    assert scene.shown() == {other.id}
    for person in ("jeune", "pro"):
        _say(browser, scene.address(person), "approuver", again)
    assert scene.shown() == {other.id, again.id}


def test_a_hidden_passage_takes_away_every_clip_that_holds_it(scene: Scene, browser: TestClient) -> None:
    """At once, approved or not."""
    clip, other = scene.clips()
    for person in ("jeune", "pro"):
        for one in (clip, other):
            _say(browser, scene.address(person), "approuver", one)

    assert _say(browser, scene.address("pro"), "cacher", clip, debut="0:05", fin="0:07") == 200

    assert scene.shown() == {other.id}


@on_either
def test_a_corrected_title_is_shown_escaped_and_the_other_person_is_asked_again(
    scene: Scene, browser: TestClient
) -> None:
    """The one who wrote it agrees to it; until the other one does, the clip is not shown."""
    (clip, *_) = scene.clips()
    for person in ("jeune", "pro"):
        _say(browser, scene.address(person), "approuver", clip)
    title = "Un métier <b>qui bouge</b> ?"

    before = _seen(browser, scene.address("pro"), clip)
    assert _say(browser, scene.address("jeune"), "titre", clip, titre=title) == 200

    assert scene.shown() == set()
    assert _say(browser, scene.address("pro"), "approuver", clip, vu=before) == 422  # the page opened before
    assert scene.shown() == set()
    page = browser.get(scene.address("pro")).text
    assert "<b>qui bouge</b>" not in page
    assert "&lt;b&gt;qui bouge" in page
    _say(browser, scene.address("pro"), "approuver", clip)
    assert title == scene.workshop.catalogue.live([clip.id])[clip.id].clip.title


def test_a_title_never_names_a_person_of_the_meeting(scene: Scene, browser: TestClient) -> None:
    """The name that the operator declared, or kept in the vault, by whatever person of the meeting it is typed."""
    (clip, *_) = scene.clips()
    scene.name(pro="Orvane Quillerec")
    scene.workshop.register.identify(
        scene.meeting.recording_id, Identity(person_id=PersonId("jeune"), name="Zélinde Tarvos")
    )

    titles = ("L'atelier de Quillerec", "l'atelier d'orvane", "La question de TARVOS", "Ce que fait Madame X")
    statuses = [_say(browser, scene.address("jeune"), "titre", clip, titre=one) for one in titles]

    assert [422] * len(titles) == statuses
    assert clip.title == scene.clips()[0].title


def test_a_title_is_gone_once_the_name_in_it_is_declared(scene: Scene, browser: TestClient) -> None:
    """Typed and approved before anybody could know; from then on, page, API and index have the former title."""
    (clip, *_) = scene.clips()
    assert _say(browser, scene.address("jeune"), "titre", clip, titre="L'atelier quillerec") == 200
    assert _say(browser, scene.address("pro"), "approuver", clip) == 200
    assert scene.shown() == {clip.id}

    scene.name(pro="Orvane Quillerec")

    assert scene.shown() == set()  # nobody approved the former title
    assert [clip.title] == [one.title for one in scene.clips() if one.id == clip.id]
    for person in ("jeune", "pro"):
        assert _say(browser, scene.address(person), "approuver", clip) == 200
    assert refresh_index(scene.workshop).problem == ""
    assert "quillerec" not in browser.get(addresses.clip_url(clip.id)).text.casefold()
    assert "quillerec" not in browser.get(f"/api/v1/clips/{clip.id}").text.casefold()
    index = [path.read_bytes() for path in scene.settings.index_folder.rglob("*") if path.is_file()]
    assert not any(b"quillerec" in one.lower() for one in index)


def test_a_title_waits_where_the_names_cannot_be_read(scene: Scene, browser: TestClient) -> None:
    """Without the description nobody can tell whom a title names: nothing changes, and the page says to come back."""
    (clip, *_) = scene.clips()
    (scene.meeting.folder / "meeting.json").unlink()

    answer = browser.post(
        scene.address("jeune"),
        data={"action": "titre", "extrait": clip.id, "vu": "", "titre": "Un métier qui bouge"},
    )

    assert 422 == answer.status_code
    assert "ne peut pas être changé pour le moment" in html.unescape(answer.text)


def test_approvals_survive_a_redo_where_the_clip_is_the_same(scene: Scene, browser: TestClient) -> None:
    """The same cut, words and title: nobody is asked twice."""
    for clip in scene.clips():
        for person in ("jeune", "pro"):
            _say(browser, scene.address(person), "approuver", clip)
    before = scene.shown()
    for stage in (Stage.SEGMENT, Stage.RENDER, Stage.INDEX):
        scene.workshop.outputs.discard(scene.meeting.recording_id, stage)

    reports = stages(scene.workshop, scene.meeting)

    assert [one.outcome for one in reports][-3:] == [Outcome.DONE] * 3
    assert len(before) == 2
    assert before == scene.shown()


def test_the_night_says_whom_it_waits_for(scene: Scene) -> None:
    """The table and the status name the roles and the command that prints the links."""
    reports = stages(scene.workshop, scene.meeting)

    shown = run(environment(scene.settings.home, scene.settings.inbox), "status")

    assert "0 extrait publié, 2 en attente de relecture (jeune, professionnel)" in reports[-1].detail
    assert "videotheque review links essai-stereo" in " ".join(reports[-1].detail.split())
    assert "à relire par les" in shown.stdout
    assert "2 extraits attendent la relecture des personnes filmées" in " ".join(shown.stdout.split())


def test_the_links_are_printed_one_a_person_and_work(scene: Scene, browser: TestClient) -> None:
    """One address each, under the public address of the setting; the page is that person's."""
    env = environment(
        scene.settings.home, scene.settings.inbox, VIDEOTHEQUE_PUBLIC_URL="https://exemple.fr", COLUMNS="60"
    )

    printed = run(env, "review", "links", REVIEWED)

    tokens = re.findall(r"^.+ : https://exemple\.fr(/relecture/[\w.\-]+)$", printed.stdout, re.MULTILINE)
    assert printed.returncode == 0
    assert len(tokens) == 2
    assert len(set(tokens)) == 2
    for token in tokens:
        assert browser.get(token).status_code == 200


def test_a_link_speaks_for_one_person_of_one_meeting(scene: Scene, browser: TestClient) -> None:
    """Altered, cut, or of another key: refused in French, and nothing is shown of anybody."""
    good = scene.address("jeune")
    other = addresses.review_url(
        sign_link(
            PersonalLink(
                recording_id=scene.meeting.recording_id,
                person_id=PersonId("jeune"),
                expires_at=scene.workshop.clock() + timedelta(days=1),
            ),
            b"k" * 32,
        )
    )
    payload, _, signature = good.rpartition(".")
    forged = scene.address("pro").rpartition(".")[0] + "." + signature

    statuses = {address: browser.get(address).status_code for address in (other, forged, payload, good[:-2])}

    assert browser.get(good).status_code == 200
    assert {403} == set(statuses.values())


def test_a_link_shows_its_own_meetings_media_and_no_other(scene: Scene, browser: TestClient) -> None:
    """A clip that waits is played on the review page alone; another meeting's clip is refused there."""
    (clip, *_) = scene.clips()
    others = [one for one in scene.workshop.catalogue.clip_ids() if one not in {own.id for own in scene.clips()}]
    address = scene.address("jeune")

    for kind in MediaKind:
        assert browser.get(f"{address}/medias/{clip.id}/{kind.value}").status_code == 200
        assert browser.get(addresses.media_url(clip.id, kind)).status_code == 410
        assert browser.get(f"{address}/medias/{others[0]}/{kind.value}").status_code in (404, 410)


def test_the_page_is_kept_nowhere_and_sends_its_address_to_nobody(scene: Scene, browser: TestClient) -> None:
    """No store, no referrer, no index, no link or file of another host; readable without a script."""
    answer = browser.get(scene.address("jeune"))

    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', answer.text)
    assert answer.text.count("<form") == answer.text.count('method="post"')


@pytest.mark.parametrize(
    ("action", "fields", "said"),
    [
        ("raccourcir", {"debut": "5", "fin": "6"}, "Il faut garder au moins"),
        ("raccourcir", {"debut": "5", "fin": "6"}, "Pour «\u00a0{title}\u00a0»\u00a0: Il faut garder"),
        ("raccourcir", {"debut": "abc", "fin": "6"}, "Un instant s’écrit"),
        ("cacher", {"debut": "3", "fin": "9000"}, "Il faut deux instants"),
        ("titre", {"titre": "   "}, "Il faut un titre"),
        ("titre", {"titre": "x" * 200}, "Il faut un titre"),
        ("titre", {"titre": "Comment Malik est devenu infirmier"}, "Un titre ne nomme personne"),
        ("danser", {}, "Cette demande n’existe pas"),
    ],
)
def test_what_cannot_be_done_is_told_to_the_person(
    scene: Scene, browser: TestClient, action: str, fields: dict[str, str], said: str
) -> None:
    """The page comes back with one sentence; nothing changed."""
    (clip, *_) = scene.clips()

    answer = browser.post(scene.address("jeune"), data={"action": action, "extrait": clip.id, **fields})

    assert answer.status_code == 422
    assert said.replace("{title}", typography(clip.title)) in html.unescape(answer.text)
    assert len(scene.clips()) == 2


def test_the_page_promises_what_the_agreements_do(scene: Scene, browser: TestClient) -> None:
    """The end of showing is not called that of everything; examples fit the clip; changing a title says "yes" too."""
    page = html.unescape(browser.get(scene.address("jeune")).text).replace("\u00a0", " ").replace("\u202f", " ")

    assert "tout est effacé" not in page
    assert "plus rien ne sera montré après le" in page
    assert "La vidéo de toute la rencontre sera gardée jusqu’au" in page
    assert "Changer le titre et dire oui" in page
    longest = max(clip.duration for clip in scene.clips())
    ends = re.findall(r"Exemple : de \d+:\d\d à (\d+):(\d\d)", page)
    assert len(scene.clips()) == len(ends)
    assert all(int(minutes) * 60 + int(seconds) <= longest for minutes, seconds in ends), clock(longest)


@on_either
def test_a_person_withdraws_everything_by_their_link(scene: Scene, browser: TestClient) -> None:
    """A page says what it means, one button does it: nothing is shown any more, and an erasure is owed."""
    address = scene.address("jeune")

    told = browser.get(f"{address}/retrait")
    answer = browser.post(address, data={"action": "retirer"}, follow_redirects=True)

    assert "effacés" in told.text
    assert answer.status_code == 200
    assert scene.clips() == []
    assert [scene.meeting.recording_id] == [
        job.recording_id for job in Workshop(scene.settings).erasures.jobs(pending=True)
    ]
