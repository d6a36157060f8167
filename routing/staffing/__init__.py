"""Staffing: how many agents each half hour needs. Queueing formulas, a forecast from the interval history, the table.

All pure; what is read and printed is in `hotline staffing`.
"""
