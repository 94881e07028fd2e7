"""Death at a chosen instant: ``kill -9`` before or after a chosen call, in a process that a test started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Killing:
    """Counts the instants before and after each call of what it watches, and kills the process at the ``at``-th."""

    def __init__(self, at: int) -> None:
        self._left = at

    def watched(self, function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        """The function, with an instant before it and one after it."""

        def call(*arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
            self._instant()
            result = function(*arguments, **named)
            self._instant()
            return result

        return call

    def _instant(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
