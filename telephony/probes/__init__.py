"""Probe calls (拨测, JS-20): dial every hotline as a citizen would, measure who answers and how soon."""

from core.settings import Settings

PROBE_NUMBER = "990001"
"""Account of probe calls (拨测): no number that anybody has, so nobody is called back for it."""


def probe_numbers(settings: Settings) -> frozenset[str]:
    """Return the numbers whose calls are served as any and counted nowhere."""
    return frozenset({PROBE_NUMBER, *settings.queue.probe_numbers})
