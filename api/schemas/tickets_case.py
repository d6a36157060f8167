"""Sealed case files over the wire."""

from datetime import datetime

from pydantic import Field

from api.schemas.base import Body, View
from api.schemas.fields import NumbersMasked


class CaseFileOf(Body):
    """Why a case file is needed, and who gets it."""

    reason: str = Field(min_length=2, max_length=500)
    recipient: str = Field(min_length=1, max_length=100, examples=["市纪委监委"])


class CaseFile(View):
    """A case file; once `done` its ZIP is at `/case-files/{id}/file` until `erase_at`."""

    id: str
    ticket_id: str
    state: str = Field(description="asked, approved, refused, done, expired")
    recipient: str
    reason: NumbersMasked
    asked_by: str
    asked_name: str
    asked_at: datetime
    decided_name: str | None
    decided_at: datetime | None
    finished_at: datetime | None
    erase_at: datetime | None
    sha256: str | None
