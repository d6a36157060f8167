"""Timing of acts: milliseconds, percentiles, medians."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence
from statistics import median


async def each(acts: Sequence[Callable[[], Awaitable[object]]]) -> list[float]:
    """Do the acts one after another and return how long each took, in milliseconds."""
    took = []
    for act in acts:
        began = time.perf_counter()
        await act()
        took.append((time.perf_counter() - began) * 1000)
    return took


def p95(took: Sequence[float]) -> float:
    """Return the 95th percentile (nearest rank)."""
    ordered = sorted(took)
    return ordered[max(0, math.ceil(0.95 * len(ordered)) - 1)]


def middle(took: Sequence[float]) -> float:
    """Return the median."""
    return median(took)
