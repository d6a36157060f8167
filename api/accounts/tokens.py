"""Access tokens: JWT (RFC 7519), HS256, short-lived, bound to the token version of the account."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt

from core.errors import NotSignedOn
from core.ids import new_id

_ALGORITHM = "HS256"
_ISSUER = "hotline-12345"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token says."""

    account_id: str
    version: int
    expires_at: datetime


def issue(account_id: str, version: int, *, key: str, now: datetime, lifetime: timedelta) -> tuple[str, datetime]:
    """Return a token and the instant (aware UTC, whole seconds) at which it expires."""
    expires_at = (now + lifetime).replace(microsecond=0)
    claims = {"iss": _ISSUER, "sub": account_id, "ver": version, "iat": now, "exp": expires_at, "jti": new_id()}
    return jwt.encode(claims, key, algorithm=_ALGORITHM), expires_at


def read(token: str, *, key: str, now: datetime) -> Claims:
    """Return what `token` says; the expiry is judged by the clock passed in, not by the library's.

    Raises:
        NotSignedOn: forged, damaged (`token_invalid`) or expired (`token_expired`).
    """
    try:
        said = jwt.decode(
            token,
            key,
            algorithms=[_ALGORITHM],
            issuer=_ISSUER,
            options={"require": ["sub", "ver", "exp"], "verify_exp": False, "verify_iat": False},
        )
        claims = Claims(str(said["sub"]), int(said["ver"]), datetime.fromtimestamp(int(said["exp"]), UTC))
    except (jwt.InvalidTokenError, ValueError, TypeError, OverflowError) as error:
        raise NotSignedOn("登录凭证无效,请重新登录", code="token_invalid") from error
    if claims.expires_at <= now:
        raise NotSignedOn("登录已过期,请重新登录", code="token_expired")
    return claims
