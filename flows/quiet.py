"""Environment that has to be set before Prefect, torch and pyannote are imported.

Everything here is a default: what the user has set in the environment stays. `settle` runs when the
package `flows` is imported, in every process, also on the workers of a cluster; `settle_terminal` is
for a run that a person watches, where the only words on the screen are to be ours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

EVERYWHERE: Mapping[str, str] = {
    # Nothing is sent anywhere unless the user configured it.
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PYANNOTE_METRICS_ENABLED": "false",
    "RAY_USAGE_STATS_ENABLED": "0",
    # A thread that waits actively for its turn made a torch LSTM 250 times slower on a busy machine.
    "OMP_WAIT_POLICY": "PASSIVE",
    # Results would be a second, hidden place where transcripts are kept; the shelf is the one place.
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    # Progress bars of downloads would break into ours.
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}

TERMINAL: Mapping[str, str] = {
    # Prefect logs every task and prints a traceback for every error; we say both in one line each.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


def settle() -> None:
    """Set the defaults that hold in every process."""
    _default(EVERYWHERE)


def settle_terminal() -> None:
    """Set the defaults of a run whose output a person reads; call it before Prefect is imported."""
    _default(TERMINAL)


def _default(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        os.environ.setdefault(name, value)
