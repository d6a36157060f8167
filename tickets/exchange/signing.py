"""Signatures of outside platforms: HMAC-SHA256 over instant, method, path and body. Pure."""

import hashlib
import hmac
from datetime import datetime, timedelta

PATIENCE = timedelta(minutes=5)
"""How far the sender's clock may be from ours; inside it a request sent again is the same request."""


def signature(secret: str, *, timestamp: str, method: str, path: str, body: bytes) -> str:
    """Return the signature (hex) of a request."""
    said = "\n".join((timestamp, method.upper(), path, hashlib.sha256(body).hexdigest()))
    return hmac.new(secret.encode(), said.encode(), hashlib.sha256).hexdigest()


def fresh(timestamp: str, now: datetime) -> bool:
    """Tell whether the instant a request was signed at (Unix seconds) is near `now`."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):  # noqa: PLR2004
        return False
    return abs(now.timestamp() - int(timestamp)) <= PATIENCE.total_seconds()


def same(given: str, right: str) -> bool:
    """Compare two signatures in constant time."""
    return hmac.compare_digest(given.encode(), right.encode())
