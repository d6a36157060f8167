"""Instants as the dialplan writes them: epoch milliseconds in text."""

from datetime import UTC, datetime


def instant_of(milliseconds: str) -> datetime | None:
    """Read an instant in epoch milliseconds as the dialplan writes it; None when it is empty or no number."""
    try:
        return datetime.fromtimestamp(float(milliseconds) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
