"""Supervisors at running calls: listen, whisper, barge, take over; and the ledger of everything a supervisor did."""
