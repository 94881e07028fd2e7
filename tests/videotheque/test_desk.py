"""The desk: what a person approves is what they saw."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from consent.links import PersonalLink
from consent.records import RecordingId
from consent.reviewers import Reviewers
from consent.rules import PUBLICATION
from pipeline.catalogue import Catalogue
from pipeline.opening import open_register
from pipeline.records import Clip, ClipId
from pipeline.settings import Settings
from tests.consent.people import PRO, RECORDING, YOUNG, given_by
from tests.videotheque.conftest import DESCRIBED
from tests.videotheque.shelf import make_clip
from videotheque.desk import Desk
from videotheque.reviewed import ReviewedClip
from videotheque.wishes import InvalidWish

CLIP = ClipId("clip-" + "a" * 20)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home where both must approve."""
    return Settings(home=tmp_path / "home", inbox=tmp_path / "inbox", reviewers=Reviewers.BOTH)


def _publish(settings: Settings, summary: str) -> Catalogue:
    """The meeting's one clip, as a night makes it."""
    catalogue = Catalogue(open_register(settings), settings.reviewers)
    now = catalogue.register.clock()
    people = (PRO, YOUNG)
    folder = settings.inbox_folder / "essai"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meeting.json").write_text(DESCRIBED.model_dump_json(exclude_none=True), "utf-8")
    catalogue.register_meeting(RecordingId(RECORDING), "essai", folder, now)
    said = [given_by(one, at=now - timedelta(minutes=1)) for one in people]
    catalogue.register.declare(RECORDING, people, said)
    catalogue.approvals.declare(RECORDING, people, waived=())
    made: Clip = make_clip(CLIP, "Un titre", "boulangère", ("Pourquoi ?", "Parce que."))
    clip = made.model_copy(update={"recording_id": RECORDING, "summary": (summary,)})
    catalogue.publish(catalogue.register.clear(RECORDING, *PUBLICATION), RECORDING, [clip], "render", "index")
    return catalogue


def _link(catalogue: Catalogue, person: str) -> PersonalLink:
    ends = catalogue.register.clock() + timedelta(days=1)
    return PersonalLink.model_validate({"recording_id": RECORDING, "person_id": person, "expires_at": ends})


def _seen(desk: Desk, link: PersonalLink) -> ReviewedClip:
    (clip,) = desk.page(link).clips
    return clip


def test_what_was_seen_is_approved(settings: Settings) -> None:
    """Both saw the clip as it is: it is shown."""
    catalogue, desk = _publish(settings, "Un résumé."), Desk(settings)

    for person in (PRO, YOUNG):
        link = _link(catalogue, person.id)
        desk.approve(link, CLIP, _seen(desk, link).content)

    assert {CLIP} == set(catalogue.live([CLIP]))


@pytest.mark.parametrize("changed", ["summary", "title"])
def test_a_clip_that_changed_since_the_page_was_opened_is_not_approved(settings: Settings, changed: str) -> None:
    """Made again with another summary, or renamed by the other person: neither approved nor renamed, and said so."""
    catalogue, desk = _publish(settings, "Un résumé."), Desk(settings)
    young, pro = _link(catalogue, YOUNG.id), _link(catalogue, PRO.id)
    before = _seen(desk, young).content
    if changed == "summary":
        _publish(settings, "Autre chose.")
    else:
        desk.entitle(pro, CLIP, "Un autre titre", before)

    with pytest.raises(InvalidWish, match="a changé depuis"):
        desk.approve(young, CLIP, before)
    with pytest.raises(InvalidWish, match="a changé depuis"):
        desk.entitle(young, CLIP, "Mon titre", before)

    now = _seen(desk, young)
    assert not now.approved
    assert now.clip.title == ("Un titre" if changed == "summary" else "Un autre titre")
    assert catalogue.live([CLIP]) == {}
