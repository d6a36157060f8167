"""Probe calls (拨测, JS-20): dial every hotline as a citizen would, measure who answers and how soon."""
