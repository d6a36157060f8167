"""`ETag` and `If-Match` (RFC 9110 8.8.3, 13.1.1): who edits says which version was seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Header

from core.errors import Conflict, HotlineError, InvalidInput

_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')
_CHANGED = "ticket_changed"


class VersionMismatch(HotlineError):  # noqa: N818 - reads as the sentence "raise VersionMismatch"
    """Somebody else changed the thing since it was read."""

    code = _CHANGED
    status = 412


class VersionNeeded(HotlineError):  # noqa: N818
    """An edit must say which version it is based on (RFC 6585 section 3)."""

    code = "version_needed"
    status = 428

    def __init__(self) -> None:
        super().__init__("编辑须带 If-Match,值为读取工单时得到的 ETag")


def _seen_version(
    if_match: Annotated[
        str | None,
        Header(max_length=40, description="读取时得到的 ETag / the ETag that was read", examples=['"3"']),
    ] = None,
) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput("If-Match", "须为一个 ETag")
    return int(found[1])


SeenVersion = Annotated[int | None, Depends(_seen_version)]
"""The version the asker saw; None: not said."""


def tag(version: int) -> str:
    """Return the ETag of a version."""
    return f'"{version}"'


@contextmanager
def judged() -> Iterator[None]:
    """Answer a changed version with 412 instead of 409, as If-Match asks."""
    try:
        yield
    except Conflict as error:
        if error.code != _CHANGED:
            raise
        raise VersionMismatch(error.message, detail=error.detail) from error
