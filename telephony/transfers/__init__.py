"""Transfers: consult, three-way, swap, complete, abort, blind transfer, emergency; the call is a room."""
