"""Figures of the queues: live, of today and of the last half hour, and the interval history that staffing reads.

What each figure means is written in docs/metrics.md. Pure counters fed by the engine's notices (`board`), and the rows
from which they are counted again after a restart (`model`, `service`).
"""
