"""What each store gives up when a recording, or a part of it, must go: erase it, then verify that it is gone.

Takes a workshop (holding the library's lock) and :class:`flows.due.Due`, asked of the register anew each time; erases
what is due and nothing else. Every function may be called again: erasing what is gone is no error. A verification
gives a French phrase that says what is left, or nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from typing import NamedTuple

from consent.database import parts
from consent.scrub import residue, scrub
from flows.due import Due, basis_of
from flows.generations import refresh_index
from flows.sources import erase_source, verify_source
from flows.workshop import Workshop
from pipeline.errors import IndexUnavailable, PipelineError
from pipeline.excision import excise, holders
from pipeline.index.manifest import CLIPS, CURRENT, parse_pointer
from pipeline.records import ClipId, Stage
from pipeline.store import Store


class Handling(NamedTuple):
    """The two functions of a store."""

    erase: Callable[[Workshop, Due], int]
    verify: Callable[[Workshop, Due], str]


def _erase_catalogue(workshop: Workshop, due: Due) -> int:
    if due.whole or Stage.INDEX in due.stages:
        return workshop.catalogue.unpublish(due.recording_id)
    return len(workshop.catalogue.unpublish_denied(due.recording_id))


def _verify_catalogue(workshop: Workshop, due: Due) -> str:
    ids = set(workshop.catalogue.ids_of(due.recording_id))
    left = ids if due.whole or Stage.INDEX in due.stages else ids & due.clips
    return f"{len(left)} extraits y sont encore" if left else ""


def _erase_outputs(workshop: Workshop, due: Due) -> int:
    outputs = workshop.outputs
    if due.whole:
        return outputs.erase(due.recording_id)
    erased = sum(outputs.erase(due.recording_id, stage) for stage in _stages(due))
    return erased + excise(outputs, due.recording_id, due.clips)


def _verify_outputs(workshop: Workshop, due: Due) -> str:
    outputs = workshop.outputs
    if due.whole:
        left = list(outputs.files(due.recording_id))
    else:
        left = [path for stage in _stages(due) for path in outputs.files(due.recording_id, stage)]
        left += holders(outputs, due.recording_id, due.clips)
    return f"{len(left)} fichiers y sont encore" if left else ""


def _stages(due: Due) -> frozenset[Stage]:
    """The stages whose outputs go: with the recording, the tracks that were read from it."""
    return due.stages | {Stage.INGEST} if due.released else due.stages


def _erase_index(workshop: Workshop, due: Due) -> int:
    if due.only_released:
        return 0
    before = {folder.name for folder in workshop.settings.index_folder.glob("*-*")}
    report = refresh_index(workshop)
    if report.problem:
        raise IndexUnavailable(report.problem)
    return len(before - {folder.name for folder in workshop.settings.index_folder.glob("*-*")})


def _verify_index(workshop: Workshop, due: Due) -> str:
    root = workshop.settings.index_folder
    if due.only_released:
        return ""
    if not (root / CURRENT).exists():
        return "des fichiers y sont encore" if any(root.glob("*")) else ""
    current = root / parse_pointer((root / CURRENT).read_bytes()).name
    if any(path not in (current, root / CURRENT) for path in root.iterdir()):
        return "une ancienne génération y est encore"
    held = [ClipId(clip["clip_id"]) for clip in json.loads((current / CLIPS).read_bytes())["clips"]]
    gone = set(held) - set(workshop.catalogue.clip_ids()) | _barred(workshop, due, held)
    return f"{len(gone)} extraits y sont encore" if gone else ""


def _barred(workshop: Workshop, due: Due, held: Iterable[ClipId]) -> set[ClipId]:
    """Of the clips of an index, those of this recording that are in the catalogue and may not be shown."""
    own = set(held) & set(workshop.catalogue.ids_of(due.recording_id))
    return own.difference(*(workshop.catalogue.showable(part) for part in parts(own)))


def _erase_titles(workshop: Workshop, due: Due) -> int:
    approvals = workshop.catalogue.approvals
    erased = approvals.erase_titles(due.recording_id, workshop.catalogue.ids_of(due.recording_id))
    return erased + (approvals.erase_reviewers(due.recording_id) if due.whole else 0)


def _verify_titles(workshop: Workshop, due: Due) -> str:
    held = workshop.catalogue.approvals.of(due.recording_id)
    left = set(held.titles) - set(workshop.catalogue.ids_of(due.recording_id))
    if due.whole and held.reviewers:
        return f"{len(held.reviewers)} personnes à qui demander y sont encore"
    return f"{len(left)} titres y sont encore" if left else ""


def _erase_journal(workshop: Workshop, due: Due) -> int:
    count = len(workshop.journal.reports(due.recording_id))
    if due.whole:
        workshop.journal.forget(due.recording_id)
    else:
        workshop.journal.drop_reports(due.recording_id, due.stages)
    return count - len(workshop.journal.reports(due.recording_id))


def _verify_journal(workshop: Workshop, due: Due) -> str:
    return "il en parle encore" if due.whole and workshop.journal.knows(due.recording_id) else ""


def _erase_prefect(workshop: Workshop, due: Due) -> int:
    # The server of a run is gone with it, and another run cannot hold the library now: nobody reads these files.
    folder = workshop.settings.prefect_folder
    if not due.whole or not folder.exists():
        return 0
    count = sum(path.is_file() for path in folder.rglob("*"))
    shutil.rmtree(folder)
    return count


def _verify_prefect(workshop: Workshop, due: Due) -> str:
    return "ses fichiers sont encore là" if due.whole and workshop.settings.prefect_folder.exists() else ""


def _erase_key(workshop: Workshop, due: Due) -> int:
    # Even where only a part must go: a copy cannot forget a part. The next backup has a key of its own.
    return int(workshop.keyring.destroy(due.recording_id))


def _verify_key(workshop: Workshop, due: Due) -> str:
    return "la clé est encore là" if workshop.keyring.known(due.recording_id) is not None else ""


def _erase_meeting(workshop: Workshop, due: Due) -> int:
    if not due.whole:
        return 0
    catalogue = workshop.catalogue
    with catalogue.database.writing() as connection:
        if not catalogue.knows_within(connection, due.recording_id):
            return 0
        # It alone says where the source is, which may have become due since; where it was due, it is gone by now.
        if not due.source and due.basis != basis_of(workshop, connection, due.recording_id, removed=due.removed):
            raise PipelineError("Un accord a changé pendant l'effacement ; il est repris avec ce qui est dû à présent.")
        catalogue.forget_within(connection, due.recording_id)
        return 1


def _verify_meeting(workshop: Workshop, due: Due) -> str:
    known = due.whole and workshop.catalogue.find_meeting(due.recording_id) is not None
    return "la fiche est encore là" if known else ""


def _erase_identities(workshop: Workshop, due: Due) -> int:
    # After everything else: what is due is asked of entries that speak of nobody once this is done.
    return workshop.register.forget_people(due.recording_id) if due.source else 0


def _verify_identities(workshop: Workshop, due: Due) -> str:
    left = workshop.register.parties(due.recording_id) if due.source else ()
    return f"{len(left)} personnes y sont encore" if left else ""


def _erase_database(workshop: Workshop, due: Due) -> int:  # noqa: ARG001 - as above
    scrub(workshop.register.database)
    return 0


def _verify_database(workshop: Workshop, due: Due) -> str:  # noqa: ARG001 - as above
    return residue(workshop.register.database)


HANDLINGS: dict[Store, Handling] = {
    Store.CATALOGUE: Handling(_erase_catalogue, _verify_catalogue),
    Store.OUTPUTS: Handling(_erase_outputs, _verify_outputs),
    Store.INDEX: Handling(_erase_index, _verify_index),
    Store.TITLES: Handling(_erase_titles, _verify_titles),
    Store.SOURCE: Handling(erase_source, verify_source),
    Store.JOURNAL: Handling(_erase_journal, _verify_journal),
    Store.PREFECT: Handling(_erase_prefect, _verify_prefect),
    Store.BACKUP_KEY: Handling(_erase_key, _verify_key),
    Store.MEETING: Handling(_erase_meeting, _verify_meeting),
    Store.IDENTITIES: Handling(_erase_identities, _verify_identities),
    Store.DATABASE: Handling(_erase_database, _verify_database),
}
"""How each store is erased and verified; the database last, for the others delete rows of it."""
