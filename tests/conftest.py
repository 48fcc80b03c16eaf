"""Ends pytest without the interpreter's own clean-up, in which DuckDB's binding reports its objects as leaked.

What keeps them alive are hooks and caches of other libraries; the command line ends the same way.
"""

import os
import sys

import pytest

STATUS = pytest.StashKey[int]()


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[STATUS])
