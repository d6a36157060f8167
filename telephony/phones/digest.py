"""HTTP digest authentication for SIP (RFC 2617 as used by RFC 3261 section 22): MD5, with and without qop."""

import hashlib
import re
import secrets


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # the protocol prescribes MD5


def authorization(
    challenge: str, *, method: str, uri: str, username: str, password: str, cnonce: str | None = None
) -> str:
    """Return the value of an Authorization header that answers a WWW-Authenticate or Proxy-Authenticate value.

    `cnonce` is drawn at random unless it is given (to check against the example of the RFC).
    """
    given = {
        key.lower(): quoted or plain for key, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', challenge)
    }
    realm, nonce = given.get("realm", ""), given.get("nonce", "")
    secret, act = _md5(f"{username}:{realm}:{password}"), _md5(f"{method}:{uri}")
    parts = [f'username="{username}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"', "algorithm=MD5"]
    if "auth" in given.get("qop", "").split(","):
        count, own = "00000001", cnonce or secrets.token_hex(8)
        answer = _md5(f"{secret}:{nonce}:{count}:{own}:auth:{act}")
        parts += ["qop=auth", f"nc={count}", f'cnonce="{own}"']
    else:
        answer = _md5(f"{secret}:{nonce}:{act}")
    if "opaque" in given:
        parts.append(f'opaque="{given["opaque"]}"')
    return "Digest " + ", ".join([*parts, f'response="{answer}"'])
