"""Prefect's environment, set before its first import: quiet, without telemetry, its files under our home.

What the operator set in the environment always wins; with ``PREFECT_API_URL`` their server is used, else
Prefect starts a temporary one for the run.
"""

from __future__ import annotations

import os
from pathlib import Path

_DEFAULTS = {
    # No word to anybody outside (measured: with these off, the server opens no connection).
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    # Ours is started by flows.server, without the page that nobody would see.
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_UI_ENABLED": "false",
    # The operator reads our French table; Prefect's English log lines would hide it.
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


def prepare_prefect(home: Path) -> None:
    """Set the defaults that the environment does not have; call it before anything imports Prefect."""
    os.environ.setdefault("PREFECT_HOME", str((home / "prefect").resolve()))
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
