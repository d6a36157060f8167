"""Text at the door: a NUL character is refused before it reaches a database that cannot hold it (PostgreSQL)."""

from urllib.parse import unquote_to_bytes

from fastapi import Request

from core.errors import InvalidInput


async def refuse_nul(request: Request) -> None:
    """Look for NUL in path, query and JSON body.

    Raises:
        InvalidInput: there is one.
    """
    body = await request.body()
    query = unquote_to_bytes(request.scope["query_string"])
    if "\x00" in request.url.path or "\x00" in request.scope["path"] or b"\x00" in query or b"\\u0000" in body:
        raise InvalidInput("request", "不得包含空字符")
