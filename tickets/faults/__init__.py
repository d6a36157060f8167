"""Faults that the platform sees by itself: not registered, not dispatched in time, not called back, no feedback."""
