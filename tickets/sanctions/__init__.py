"""Accountability: records about units and their staff, proposed by one, decided by another, or tolerated (容错)."""
