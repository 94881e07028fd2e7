"""Approvals: of what was published, how much visitors may see, and whose approval the rest waits for."""

from __future__ import annotations

from consent.records import RecordingId
from flows.workshop import Workshop
from pipeline.catalogue import content_of


def waiting_for(workshop: Workshop, recording_id: RecordingId) -> tuple[int, tuple[str, ...]]:
    """How many clips of a recording wait for an approval, and the roles of those who have yet to give it."""
    catalogue = workshop.catalogue
    shown, made = catalogue.live_of(recording_id), catalogue.made_of(recording_id)
    approvals = catalogue.approvals.of(recording_id)
    awaited = {
        party.role.french
        for clip_id, one in made.items()
        if clip_id not in shown
        for party in approvals.awaited(clip_id, content_of(one.clip), catalogue.reviewers)
    }
    return len(made) - len(shown), tuple(sorted(awaited))


def told_of(workshop: Workshop, recording_id: RecordingId, name: str) -> str:
    """The same as a French phrase for the night's table."""
    count = len(workshop.catalogue.live_of(recording_id))
    shown = f"{count} extrait{'s' if count > 1 else ''} publié{'s' if count > 1 else ''}"
    waiting, who = waiting_for(workshop, recording_id)
    if not waiting:
        return shown
    asked = ", ".join(who) or "personne à qui le demander n'est déclaré"
    return f"{shown}, {waiting} en attente de relecture ({asked}) : videotheque review links {name}"
