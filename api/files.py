"""Files as bodies of requests and answers; the name is in a header, because addresses are logged."""

from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Header, Request, Response

from api.storable import FILE
from core.errors import InvalidInput

FileName = Annotated[
    str,
    Header(
        alias="X-File-Name",
        min_length=1,
        max_length=1200,
        description="文件名,UTF-8 百分号编码;不放在地址中,因为地址会被记入日志 / percent-encoded; addresses are logged",
        examples=["%E7%8E%B0%E5%9C%BA.jpg"],
    ),
]


def name_of(given: str) -> str:
    """Return the name as people wrote it.

    Raises:
        InvalidInput: it is no UTF-8, or could be a path.
    """
    try:
        name = unquote(given, errors="strict")
    except UnicodeDecodeError:
        raise InvalidInput("X-File-Name", "不是 UTF-8") from None
    if not name.isprintable() or "/" in name or "\\" in name:
        raise InvalidInput("X-File-Name", "含有不允许的字符")
    return name


FILE_BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {FILE: {"schema": {"type": "string", "format": "binary"}}}},
}
"""How the interface's description shows a body that is a file."""


async def sent_file(request: Request) -> bytes:
    """Return the file that is the body of a request.

    Raises:
        InvalidInput: it says that it is something else.
    """
    if request.headers.get("content-type") != FILE:
        raise InvalidInput("Content-Type", f"须为 {FILE}")
    return await request.body()


def given_file(name: str, contents: bytes, media_type: str = FILE) -> Response:
    """Return a file to be kept, never shown inside a page of ours: what a stranger sent must not run there."""
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
    return Response(contents, media_type=media_type, headers=headers)
