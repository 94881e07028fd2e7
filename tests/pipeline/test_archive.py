"""Archives of recordings: what is read back is what was written, whatever the text of its rows."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from consent.records import RecordingId
from pipeline.archive import read_archive, write_archive
from pipeline.outputs import OutputStore
from pipeline.tables import lines_of
from tests.clearances import clearance_for

RECORDING = RecordingId("rec-0123456789abcdef")
SEPARATORS = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\r\n"
"""Whatever ``str.splitlines`` takes for the end of a line."""


@given(st.lists(st.text(st.sampled_from(f"a{SEPARATORS}é"))))
@example([SEPARATORS])
def test_lines_are_those_that_were_written(texts: list[str]) -> None:
    """A separator inside a JSON text parts nothing."""
    written = [json.dumps({"text": text}, ensure_ascii=False) for text in texts]

    assert written == lines_of("".join(f"{line}\n" for line in written)) == lines_of("\n".join(written))


def test_rows_with_any_separator_are_read_back(tmp_path: Path) -> None:
    """A title that holds U+2028 does not make a copy unreadable."""
    rows = [json.dumps({"title": f"avant{SEPARATORS}après"}, ensure_ascii=False), "{}"]
    outputs = OutputStore(tmp_path / "recordings")

    write_archive(RECORDING, clearance_for(RECORDING), outputs, rows, bytes(32), tmp_path / "copie")

    (tmp_path / "into").mkdir()
    assert rows == read_archive(RECORDING, bytes(32), tmp_path / "copie", tmp_path / "into")
