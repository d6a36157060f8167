"""Hand-over notes to partners: JSON over HTTPS, signed so that the partner knows that it is ours and fresh.

Header `X-Hotline-Signature: t=<epoch seconds>,v1=<hex>`; v1 is HMAC-SHA256 of `<t>.<body>` with the shared secret.
`Idempotency-Key` is the same at every attempt.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

import httpx

from core.errors import PartUnavailable
from core.outbox import Undeliverable

SIGNATURE = "X-Hotline-Signature"
_SECONDS = 10.0
_REFUSED = 400
_AGAIN = frozenset({408, 425, 429})
_BROKEN = 500


def signature(body: bytes, secret: str, at: datetime) -> str:
    """Return the value of the signature's header."""
    moment = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


async def post(
    url: str, secret: str, key: str, body: bytes, at: datetime, *, extra: Mapping[str, str] | None = None
) -> bytes:
    """Post a note and return what is answered; `extra`: headers beside ours, or in their place.

    Raises:
        PartUnavailable: the partner cannot be reached, or is broken; try again.
        Undeliverable: the partner refuses it for good.
    """
    headers = {"Content-Type": "application/json", SIGNATURE: signature(body, secret, at), "Idempotency-Key": key}
    headers |= extra or {}
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.post(url, content=body, headers=headers)
    except httpx.HTTPError as error:
        raise PartUnavailable("partner", f"无法推送转接说明({type(error).__name__})", remedy="检查对方接口") from error
    if answer.status_code >= _BROKEN or answer.status_code in _AGAIN:
        raise PartUnavailable("partner", f"对方接口返回 {answer.status_code}", remedy="检查对方接口")
    if answer.status_code >= _REFUSED:
        raise Undeliverable(f"对方拒收转接说明({answer.status_code})")
    return answer.content
