"""Meetings on the disk, ready for the inbox: media, transcript, ``meeting.json``, truth.

Takes the cast and the scripts; gives one folder per meeting, written aside and renamed, so that a kill leaves
nothing half-made. A stamp (a hash of the generator's sources and of the meeting) lets the next run skip what
is already there. The same code makes the small meetings of the tests and the long ones of the benchmarks.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from demo import media, picture, script
from demo.captions import Manner, captions
from demo.cast import MEETINGS, DemoMeeting, Variant, of_variant
from demo.conversation import PEOPLE, Conversation, converse
from demo.script import Exchange, Script
from demo.truth import TRUTH_FILE
from pipeline.meeting import MEETING_FILE, FileTrack

STAMP_FILE = ".demo-stamp"
"""In each folder made: what it was made from."""

_ASIDE = ".demo-tmp-"
_LONG_SEED = 7


def make_meetings(
    inbox: Path,
    progress: Callable[[str], None],
    *,
    meetings: Sequence[DemoMeeting] = MEETINGS,
    exchanges: int | None = None,
    heard: bool = False,
) -> tuple[Path, ...]:
    """Make the demo meetings that ``inbox`` lacks, or that older code made.

    Args:
        inbox: created where needed; each meeting is a folder of it, named after the meeting.
        progress: told one French line per meeting made.
        meetings: which ones; by default all six.
        exchanges: keep only that many exchanges of each, the shortest ones; by default all.
        heard: leave the scripts out, so that the speech model has to listen; a platform's transcript stays.

    Returns:
        The meetings' folders, made now or before.
    """
    inbox.mkdir(parents=True, exist_ok=True)
    for left in inbox.glob(f"{_ASIDE}*"):
        shutil.rmtree(left)
    made = []
    for one in meetings:
        text = script.load(one.script)
        text = text if exchanges is None else text.shortened(exchanges)
        made.append(_make(inbox / one.id, one, text, progress, heard=heard))
    return tuple(made)


def make_small_meeting(folder: Path, variant: Variant, exchanges: int = 2, *, meeting_id: str | None = None) -> Path:
    """Make a meeting of about a minute, for tests (with two exchanges: 49 to 61 s).

    Args:
        folder: the meeting's own folder, to be created.
        variant: its form.
        exchanges: how many; the shortest of the script are taken.
        meeting_id: by default ``essai-<variant>``.
    """
    meeting = of_variant(variant, meeting_id or f"essai-{variant}")
    return _make(folder, meeting, script.load(meeting.script).shortened(exchanges), _silent)


def make_long_meeting(folder: Path, minutes: float) -> Path:
    """Make a stereo meeting of at least ``minutes``, for benchmarks: exchanges of every script, shuffled."""
    meeting = of_variant(Variant.STEREO, "essai-long")
    return _make(folder, meeting, long_script(meeting, minutes), _silent)


def long_script(meeting: DemoMeeting, minutes: float) -> Script:
    """The script of a long meeting: that meeting's greetings, then exchanges of every script, shuffled."""
    base = script.load(meeting.script)
    everything = [exchange for name in script.names() for exchange in script.load(name).exchanges]
    chance = random.Random(_LONG_SEED)
    # These voices say about 16.6 characters a second, pauses included: 18 makes "at least" true.
    wanted, chosen = minutes * 60 * 18, list[Exchange]()
    while sum(exchange.length for exchange in chosen) < wanted:
        chosen.extend(chance.sample(everything, len(everything)))
    while sum(exchange.length for exchange in chosen[:-1]) >= wanted:
        chosen.pop()
    return base.model_copy(update={"exchanges": tuple(chosen)})


def _silent(line: str) -> None:
    del line


def _make(
    folder: Path, meeting: DemoMeeting, text: Script, progress: Callable[[str], None], *, heard: bool = False
) -> Path:
    stamp = _stamp(meeting, text, heard=heard)
    if _stamp_of(folder) == stamp:
        return folder
    progress(f"Fabrication de la rencontre « {text.occupation} » ({meeting.id})…")
    aside = folder.parent / f"{_ASIDE}{uuid4().hex}"
    aside.mkdir(parents=True)
    try:
        _write(aside, meeting, text, heard=heard)
        (aside / STAMP_FILE).write_text(stamp, "utf-8")
        if folder.exists():  # made by older code
            shutil.rmtree(folder)
        aside.rename(folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def _write(folder: Path, meeting: DemoMeeting, text: Script, *, heard: bool) -> None:
    conversation = converse(meeting.id, text, meeting.voices, meeting.seed)
    _write_media(folder, meeting, conversation)
    transcript = meeting.variant.transcript(heard=heard)
    if transcript is not None:
        manner = Manner.ZOOM if transcript.origin == "platform" else Manner.TEAMS
        written = captions(conversation.truth, meeting.displayed_names(), manner)
        (folder / transcript.file).write_bytes(written)
    (folder / TRUTH_FILE).write_text(conversation.truth.model_dump_json(indent=1), "utf-8")
    description = meeting.description(text.occupation, heard=heard)
    (folder / MEETING_FILE).write_text(description.model_dump_json(indent=2, exclude_none=True), "utf-8")


def _write_media(folder: Path, meeting: DemoMeeting, conversation: Conversation) -> None:
    people = {role: meeting.character(role) for role in PEOPLE}
    pictures = picture.frames(
        conversation,
        {role: person.look for role, person in people.items()},
        {role: person.label for role, person in people.items()},
        meeting.seed,
    )
    recording, variant = folder / meeting.variant.recording, meeting.variant
    if variant is Variant.WEBM:
        media.write_webm(recording, conversation, pictures)
    else:
        media.write_mp4(recording, conversation, pictures, stereo=variant is Variant.STEREO)
    if variant is Variant.TRUNCATED:
        media.truncate(recording)
    for role in PEOPLE:
        track = variant.track(role)
        if isinstance(track, FileTrack):
            media.write_own_sound(folder / track.file, conversation, role, track.offset_s)


def _stamp(meeting: DemoMeeting, text: Script, *, heard: bool) -> str:
    sources = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name != "__main__.py")
    parts = [path.read_bytes() for path in sources]
    parts += [meeting.model_dump_json().encode(), text.model_dump_json().encode(), str(heard).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _stamp_of(folder: Path) -> str | None:
    try:
        return (folder / STAMP_FILE).read_text("utf-8")
    except FileNotFoundError:
        return None
