"""What is read back from files that an older version wrote."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

from bench.agreed import clip_of, recording_of
from consent.records import Naming
from pipeline.outputs import provenance
from pipeline.records import Rendering, Stage


def test_a_clip_that_does_not_say_whether_it_names_somebody_may() -> None:
    """Written before names were told apart: it is taken to name somebody, so that a refusal hides it."""
    recording_id, now = recording_of(1), datetime(2026, 1, 1, tzinfo=UTC)
    clip = clip_of(recording_id, 0, random.Random(1))
    made = Rendering(
        recording_id=recording_id, clips=(clip,), provenance=provenance(Stage.RENDER, "essai", (), {}, now)
    )
    written = json.loads(made.model_dump_json())
    (said,) = written["clips"]
    del said["names"]

    read = Rendering.model_validate_json(json.dumps(written))

    assert Naming.MASKED is clip.names
    assert Naming.SHOWN is read.clips[0].names
    assert made == Rendering.model_validate_json(made.model_dump_json())
