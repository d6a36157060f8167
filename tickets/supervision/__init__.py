"""Supervision beside handling: which step of the ladder applies, what is counted, hazards, routing, publication."""
