"""Verification of what was done (核实): by telephone, message, talk or visit; findings become tasks with deadlines."""
