"""Query codes: with its number a caller may ask how a ticket stands."""

from core.personal import keys

_DIGITS = 6


def query_code(ticket_id: str) -> str:
    """Return the query code of a ticket (6 digits), made from its id and the key of the house."""
    return f"{int(keys().search_hash(f'progress:{ticket_id}')[:15], 16) % 10**_DIGITS:0{_DIGITS}d}"
