"""Tells how far the measurement is."""

import time

_BEGAN = time.perf_counter()


def say(what: str) -> None:
    """Print a line with the seconds since the start."""
    print(f"[{time.perf_counter() - _BEGAN:4.0f} s] {what}", flush=True)
