"""Identifiers: UUIDv7 strings (RFC 9562 section 5.7), so that ids sort by the time they were made."""

import re
from datetime import UTC, datetime

import uuid_utils

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def new_id() -> str:
    """Return a fresh UUIDv7 as a 36-character lower-case string."""
    return str(uuid_utils.uuid7())


def is_id(text: str) -> bool:
    """Tell whether `text` is a UUIDv7 in its canonical lower-case form."""
    return _UUID7.fullmatch(text) is not None


def instant_of(identifier: str) -> datetime:
    """Return the instant (aware UTC, millisecond precision) that a UUIDv7 carries.

    Raises:
        ValueError: `identifier` is not a UUIDv7.
    """
    if not is_id(identifier):
        raise ValueError(f"not a UUIDv7: {identifier!r}")
    milliseconds = int(identifier.replace("-", "")[:12], 16)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
