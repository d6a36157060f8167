"""Measurements, side by side with what they are compared to; each prints a table and a last line of JSON."""
