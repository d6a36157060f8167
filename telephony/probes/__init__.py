"""Probe calls (拨测, JS-20): dial every hotline as a citizen would, measure who answers and how soon."""

PROBE_NUMBER = "990001"
"""Account of probe calls (拨测): no number that anybody has, so nobody is called back for it."""
