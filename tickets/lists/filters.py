"""What a list is asked for; also what a saved view keeps."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

_Some = Annotated[tuple[str, ...], Field(max_length=30)]


class ListFilter(BaseModel):
    """Which tickets; empty means all. Everything given must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    states: _Some = ()
    categories: _Some = ()
    channels: _Some = ()
    urgencies: _Some = ()
    ratings: _Some = ()
    unit_id: Annotated[str | None, Field(max_length=36)] = None
    opened_from: datetime | None = None
    """Aware; inclusive."""
    opened_before: datetime | None = None
    """Aware; exclusive."""
    supervised: bool | None = None
    hard: bool | None = None
    overdue_at: datetime | None = None
    """Only tickets that owe something whose deadline was before this instant."""
