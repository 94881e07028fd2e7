"""Personal links: what a page tells is what the register says, and the way out stays open."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from consent.links import PersonalLink, sign_link
from consent.narrowings import mark_unread
from consent.records import AgeBand, ConsentEvent, Controller, EventKind, Naming, Party, Purpose, RecordingId, Role
from consent.register import now_utc
from consent.reviewers import Reviewers
from consent.revocations import Revocations
from consent.rules import PUBLICATION
from pipeline.aftermath import aftermath_of
from pipeline.catalogue import Catalogue
from pipeline.keys import LibraryKeys
from pipeline.opening import open_register
from pipeline.records import ClipId
from pipeline.settings import Settings
from pipeline.withdrawal import Channel, Taken, withdraw
from tests.consent.people import PRO, RECORDING
from tests.videotheque.shelf import make_clip
from videotheque import addresses
from videotheque.app import create_app
from videotheque.desk import Desk
from videotheque.library import Library

CLIP = ClipId("clip-" + "a" * 20)
SIXTEEN = Party.model_validate(
    {"id": "jeune", "role": Role.YOUNG_PERSON, "age_band": AgeBand.FROM_15_TO_17, "comes_of_age_on": date(2028, 1, 1)}
)
FOURTEEN = SIXTEEN.model_copy(update={"age_band": AgeBand.UNDER_15, "comes_of_age_on": date(2030, 1, 1)})
PARENTS = tuple(Party.model_validate({"id": one, "role": Role.GUARDIAN}) for one in ("mere", "pere"))


class _Unhurried(Desk):
    """A desk whose erasures are left to the night."""

    def erase(self) -> None:
        """Leave it."""


class Scene:
    """A meeting with one clip of three seconds, its persons, and a browser."""

    def __init__(self, settings: Settings, young: Party) -> None:
        self.settings = settings
        self.catalogue = Catalogue(open_register(settings), settings.reviewers)
        self.people = (PRO, young, *PARENTS)
        now = now_utc()
        self.catalogue.register_meeting(RecordingId(RECORDING), "essai", settings.inbox_folder / "essai", now)
        said = [self._yes(one, frozenset(Purpose)) for one in self.people]
        self.catalogue.register.declare(RECORDING, self.people, said)
        self.catalogue.approvals.declare(RECORDING, self.people, waived=[one.id for one in self.people])
        self.publish(Naming.MASKED)
        self.browser = TestClient(create_app(Library(settings), _Unhurried(settings)))

    def publish(self, names: Naming) -> None:
        """Publish the clip, with or without a name in it."""
        made = make_clip(CLIP, "Un titre", "boulangère", ("Pourquoi ?", "Parce que."))
        clip = made.model_copy(update={"recording_id": RECORDING, "names": names})
        self.catalogue.publish(self.catalogue.register.clear(RECORDING, *PUBLICATION), RECORDING, [clip], "r", "i")

    def _yes(self, one: Party, purposes: frozenset[Purpose]) -> ConsentEvent:
        at = now_utc() - timedelta(minutes=1)
        return ConsentEvent(
            event_id=f"given-{one.id}",
            recording_id=RECORDING,
            person_id=one.id,
            kind=EventKind.GIVEN,
            purposes=purposes,
            indicated_at=at,
            recorded_at=at,
        )

    def link(self, person: str, days: float = 1, issued: bool = True) -> str:
        """The address of somebody's link, whose reviewing ends in so many days."""
        now = now_utc()
        told = {"recording_id": RECORDING, "person_id": person, "expires_at": now + timedelta(days=days)}
        link = PersonalLink.model_validate({**told, "issued_at": now if issued else None})
        return addresses.review_url(sign_link(link, LibraryKeys(self.settings.keys_folder).for_links()))

    def read(self, address: str) -> str:
        """What a page says."""
        return _text(self.browser.get(address).text)

    def post(self, address: str, **fields: str) -> str:
        """Send a form, and read the page that comes back."""
        return _text(self.browser.post(address, data=fields, follow_redirects=True).text)

    @property
    def shown(self) -> bool:
        """Whether visitors see the clip."""
        return bool(self.catalogue.live([CLIP]))


def _text(page: str) -> str:
    plain = re.sub(r"<[^>]+>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(plain).replace("\u202f", " ").replace("\u00a0", " ").replace("’", "'"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home whose operator can be reached."""
    contact = Controller(name="Association Exemple", contact="accords@exemple.fr")
    return Settings(home=tmp_path / "home", inbox=tmp_path / "inbox", reviewers=Reviewers.BOTH, controller=contact)


@pytest.fixture
def scene(settings: Settings) -> Iterator[Scene]:
    """A young person of sixteen, two parents, and everybody agreed to everything."""
    made = Scene(settings, SIXTEEN)
    with made.browser:
        yield made


ALL_GOES = "La vidéo de toute la rencontre et tout ce qui en a été écrit vont être effacés"
VIDEO_GOES = (
    "La vidéo de toute la rencontre va être effacée, la nuit prochaine. Le texte de ce qui y est dit reste gardé"
)


@pytest.mark.parametrize(
    ("young", "who", "said"),
    [
        (SIXTEEN, "mere", VIDEO_GOES),
        (SIXTEEN, "jeune", ALL_GOES),
        (SIXTEEN, "pro", ALL_GOES),
        (FOURTEEN, "pere", ALL_GOES),
    ],
)
def test_the_page_tells_before_and_after_what_that_persons_withdrawal_does(
    settings: Settings, young: Party, who: str, said: str
) -> None:
    """At sixteen a parent does not decide what is recorded and written; at fourteen they do: as the policy says."""
    scene = Scene(settings, young)
    address = scene.link(who)

    before = scene.read(f"{address}/retrait")
    after = scene.post(address, action="retirer")

    assert said in before
    assert said in after
    assert ("C'est fait, et c'est noté" in before, "C'est fait, et c'est noté" in after) == (False, True)
    left = aftermath_of(scene.catalogue.register, RECORDING)
    assert (left.shown, left.written, left.recorded) == (
        False,
        *((True, True) if said is VIDEO_GOES else (False, False)),
    )
    assert ("votre enfant peut le demander avec son propre lien" in before) == (said is VIDEO_GOES)


@pytest.mark.parametrize("name", ["retirer", "refuser", "cacher", "approuver", CLIP, "given-jeune", "x" * 400, "\0"])
def test_a_mere_address_tells_of_nothing_that_was_not_done(scene: Scene, name: str) -> None:
    """« C'est fait » is read in the register, not in the address; somebody else's deed is not told either."""
    done = withdraw(
        scene.catalogue, Desk(scene.settings)._erasures, scene.catalogue.meeting("essai"), PRO.id, Channel.LINK,
        Taken(purposes=frozenset({Purpose.AI_TRAINING})),
    )  # fmt: skip

    for one in (name, done.event_id):
        page = scene.browser.get(scene.link("jeune"), params={"fait": one})

        assert 200 == page.status_code
        assert "C’est fait" not in page.text
        assert "C’est noté" not in page.text


@pytest.mark.parametrize(("start", "end"), [("0", "0,2"), ("1,4", "1,6"), ("2,8", "3")])
def test_the_shortest_passage_is_hidden_for_good(scene: Scene, start: str, end: str) -> None:
    """A fifth of a second, at the very start or end too: the clip that holds it is gone, and the page says so."""
    assert scene.shown

    page = scene.post(scene.link("jeune"), action="cacher", extrait=CLIP, debut=start, fin=end)

    assert "ces secondes ne sont plus montrées" in page
    assert not scene.shown


def test_a_link_still_withdraws_once_reviewing_is_over(scene: Scene) -> None:
    """Nothing but what every visitor sees is shown by it, and one clip, or everything, can be taken back."""
    address = scene.link("jeune", days=-900)
    page = scene.browser.get(address)

    assert 200 == page.status_code
    assert "approuver" not in page.text
    assert 410 == scene.browser.get(f"{address}/medias/{CLIP}/captions.vtt").status_code
    assert (
        410
        == scene.browser.post(address, data={"action": "cacher", "extrait": CLIP, "debut": "0", "fin": "1"}).status_code
    )
    assert "n'est plus montré à personne" in scene.post(address, action="refuser", extrait=CLIP)
    assert not scene.shown
    assert ALL_GOES in scene.post(address, action="retirer")


def test_a_clip_that_waits_is_not_shown_by_a_link_whose_reviewing_is_over(scene: Scene) -> None:
    """A lost link of last year shows nothing that is not public."""
    scene.catalogue.approvals.declare(RECORDING, scene.people, waived=())

    assert "Un titre" in scene.read(scene.link("jeune"))
    assert "Un titre" not in scene.read(scene.link("jeune", days=-1))


def test_a_guardians_link_reviews_no_more_once_the_child_is_of_age(settings: Settings) -> None:
    """They see what every visitor sees, no media of a clip that waits, and are told why; the person goes on."""
    yesterday = now_utc().date() - timedelta(days=1)
    scene = Scene(settings, SIXTEEN.model_copy(update={"comes_of_age_on": yesterday}))
    scene.catalogue.approvals.declare(RECORDING, scene.people, waived=())
    theirs, own = scene.link("mere"), scene.link("jeune")

    page = scene.read(theirs)

    assert "Votre enfant est majeur" in page
    assert "Un titre" not in page
    assert "Un titre" in scene.read(own)
    assert 410 == scene.browser.get(f"{theirs}/medias/{CLIP}/captions.vtt").status_code
    refused = scene.browser.post(theirs, data={"action": "approuver", "extrait": CLIP, "vu": "x"})
    assert 410 == refused.status_code


def test_a_revoked_link_speaks_for_nobody_and_a_new_one_does(scene: Scene) -> None:
    """Hers of before are dead, dated or not; the one given after, and the others', are not."""
    before = [scene.link("jeune"), scene.link("jeune", issued=False)]

    Revocations(scene.catalogue.register).revoke(RECORDING, SIXTEEN.id)

    assert [403, 403] == [scene.browser.get(one).status_code for one in before]
    assert [403, 403] == [scene.browser.post(one, data={"action": "retirer"}).status_code for one in before]
    assert scene.shown
    assert [200, 200] == [scene.browser.get(scene.link(one)).status_code for one in ("jeune", "pro")]


def test_a_young_person_is_told_tu_and_the_others_vous(scene: Scene) -> None:
    """On the page and on that of withdrawal; before and after a decision."""
    for path in ("", "/retrait"):
        young, adult = (
            scene.read(f"{scene.link(who)}{path}").split("Retirer un extrait")[0] for who in ("jeune", "pro")
        )
        assert not re.search(r"\b[Vv](ous|otre|os)\b", young), path
        assert re.search(r"\b[Vv](ous|otre|os)\b", adult), path
        assert not re.search(r"\b([Tt]u|[Tt]on|[Tt]es)\b", adult), path


def test_every_page_says_whom_to_write_to(scene: Scene) -> None:
    """The operator's own contact, on the personal pages, the public ones and the refusals."""
    address = scene.link("jeune")
    pages = [scene.read(one) for one in (address, f"{address}/retrait", "/", "/relecture/rien", "/nulle-part")]

    assert all("accords@exemple.fr" in page for page in pages)


def test_nothing_is_said_to_be_shown_while_the_description_is_unread(scene: Scene) -> None:
    """A database put back from an older copy: the site shows nothing, and the page says so."""
    register = scene.catalogue.register
    with register.writing() as connection:
        mark_unread(connection, register.ledger, {RecordingId(RECORDING): "another"}, now_utc())

    page = scene.read(scene.link("jeune"))

    assert not scene.shown
    assert not aftermath_of(register, RECORDING).shown
    assert "Ce qui est montré : rien." in page


def test_a_source_taken_back_says_nothing_of_names(scene: Scene) -> None:
    """Neither where nobody agreed to be named, nor where somebody was: that word changes nothing for them."""
    address = scene.link("jeune")
    withdraw(
        scene.catalogue, Desk(scene.settings)._erasures, scene.catalogue.meeting("essai"), PRO.id, Channel.LINK,
        Taken(purposes=frozenset({Purpose.SHOW_FIRST_NAME})),
    )  # fmt: skip

    page = scene.post(address, action="retirer-en-partie", finalite="retain_source")

    assert "C'est fait, et c'est noté" in page
    assert "Un extrait où un nom est écrit" not in page.split("Ce qui est montré")[0]


def test_a_refused_first_name_takes_a_clip_that_names_away_at_once(scene: Scene) -> None:
    """Not shown, not counted, 410; the clip made without the name is shown; the page foretells it."""
    scene.publish(Naming.SHOWN)
    assert (scene.shown, scene.catalogue.count_live()[0]) == (True, 1)
    told = scene.read(f"{scene.link('jeune')}/retrait")

    page = scene.post(scene.link("jeune"), action="retirer-en-partie", finalite="show_first_name")

    assert "Un extrait où un nom est écrit n'est plus montré" in told
    assert "Un extrait où un nom est écrit n'est plus montré" in page
    assert (scene.shown, scene.catalogue.count_live()[0]) == (False, 0)
    assert 410 == scene.browser.get(addresses.clip_url(CLIP)).status_code
    scene.publish(Naming.SHOWN)
    assert not scene.shown
    scene.publish(Naming.MASKED)
    assert scene.shown


def test_nothing_is_promised_of_a_recording_that_is_gone(scene: Scene) -> None:
    """Once the source was released: it is said to be erased already, and no clip is said to come back."""
    scene.publish(Naming.SHOWN)
    scene.catalogue.note_source_gone(RecordingId(RECORDING), now_utc())
    pages = [scene.read(f"{scene.link(who)}{path}") for who in ("jeune", "pro") for path in ("", "/retrait")]

    page = scene.post(scene.link("jeune"), action="cacher", extrait=CLIP, debut="1", fin="2")

    assert all("est déjà effacée" in one for one in pages)
    assert "la nuit prochaine" not in " ".join([*pages, page])
    assert "cet extrait ne peut pas être refait autrement" in page


def test_an_agreement_to_be_named_that_ends_first_is_not_remembered_as_longer(scene: Scene) -> None:
    """What may be shown is known until then, and no longer: the clock alone takes the clip away."""
    ends = now_utc() + timedelta(hours=1)
    given = [
        scene.catalogue.register.append(
            ConsentEvent(
                event_id=f"named-{number}",
                recording_id=RECORDING,
                person_id=PRO.id,
                kind=kind,
                purposes=frozenset({Purpose.SHOW_FIRST_NAME}),
                indicated_at=now_utc() - timedelta(seconds=20 - number),
                recorded_at=now_utc() - timedelta(seconds=20 - number),
                expires_at=ends if kind is EventKind.GIVEN else None,
            )
        )
        for number, kind in enumerate((EventKind.WITHDRAWN, EventKind.GIVEN))
    ]
    scene.publish(Naming.SHOWN)

    until = scene.catalogue.showable([CLIP])[CLIP].until

    assert [1, 1] == given
    assert ends == until
