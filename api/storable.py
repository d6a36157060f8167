"""Text at the door: what no database can hold is refused before it is taken apart."""

import json
from urllib.parse import unquote_to_bytes

from fastapi import Request

from core.errors import InvalidInput

_LOOKS_LIKE_HALF = b"\\ud"
FILE = "application/octet-stream"
"""Content type of a body that is a file."""


async def refuse_unstorable(request: Request) -> None:
    r"""Look for NUL (PostgreSQL has no such text) and for halves of characters (`"\ud800"` in JSON, not UTF-8).

    Raises:
        InvalidInput: there is one in path, query or JSON body.
    """
    # a file is kept as it is; what is JSON becomes text of the database
    is_file = request.headers.get("content-type") == FILE
    body = b"" if is_file else await request.body()
    query = unquote_to_bytes(request.scope["query_string"])
    if "\x00" in request.scope["path"] or b"\x00" in query or b"\\u0000" in body:
        raise InvalidInput("request", "不得包含空字符")
    if _LOOKS_LIKE_HALF in body.lower() and _has_halves(body):
        raise InvalidInput("request", "含有不完整的字符")


def _has_halves(body: bytes) -> bool:
    try:
        json.dumps(json.loads(body), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except ValueError:
        return False  # not JSON: refused by who reads it
    return False
