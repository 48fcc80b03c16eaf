import gc


def pytest_unconfigure() -> None:
    """Take hypothesis's garbage-collection hook away: it keeps DuckDB alive, whose binding then reports leaks."""
    gc.callbacks.clear()
