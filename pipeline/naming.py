"""Naming: the names that are known of a meeting's persons, and whether a clip names nobody but who agreed.

Takes what is held of a meeting; gives the names of its description and of the vault, so that what is written of its
clips can be held against them. They stay in memory.
"""

from __future__ import annotations

from consent.records import Form, Naming
from consent.register import Register
from pipeline.meeting import read_description
from pipeline.registrations import RegisteredMeeting


def named_as_agreed(names: Naming, form: Form) -> bool:
    """Whether what names somebody (or nobody) may be shown in a form: everybody agreed to be named where it is."""
    return names is Naming.MASKED or form.names is Naming.SHOWN


def known_names(register: Register, meeting: RegisteredMeeting) -> tuple[str, ...]:
    """The names of a meeting's persons: those of its description, and those kept in the vault.

    Raises:
        InvalidMeeting: its description cannot be read.
    """
    declared = read_description(meeting.folder).names
    with register.database.reading() as connection:
        kept = register.vault.of(connection, [meeting.recording_id]).values()
    return tuple(dict.fromkeys((*declared, *(one.name for one in kept if one.name))))
