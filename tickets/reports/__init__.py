"""Periodic reports and bulletins: when each falls due, its draft with the figures filled in, hand-in, release."""
