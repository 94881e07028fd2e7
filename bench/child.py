"""The process in which :func:`bench.measure.in_child` calls one function: a request file in, a result file out."""

from __future__ import annotations

import importlib
import sys
import typing
from pathlib import Path


def main(arguments: list[str]) -> int:
    """Call function ``arguments[1]`` of module ``arguments[0]`` with the request of the third file named."""
    module, name, asked, answered = arguments
    function = getattr(importlib.import_module(module), name)
    hints = typing.get_type_hints(function)
    request = next(kind for argument, kind in hints.items() if argument != "return")
    result = function(request.model_validate_json(Path(asked).read_bytes()))
    Path(answered).write_text(result.model_dump_json(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
