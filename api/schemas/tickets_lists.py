"""Lists of tickets over the wire."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from api.schemas.base import Body, View
from tickets.lists.filters import ListFilter
from tickets.shares import ShareState


class Entry(View):
    """A ticket in a list: no personal data, no texts."""

    id: str
    number: str = Field(examples=["YC20261120-000001"])
    state: str
    state_label: str
    version: int
    channel: str
    category: str | None
    category_label: str | None
    title: str | None
    urgency: str
    confidential: bool
    hard: bool
    repeat_calls: int
    unit_id: str | None
    unit_name: str | None
    due_at: datetime | None
    card: str
    rating: str | None
    supervised_at: datetime | None
    created_at: datetime
    closed_at: datetime | None


class EntryPage(View):
    """A page of a list."""

    items: list[Entry]
    next: str | None = Field(description="下一页的 after 参数 / `after` of the next page")


_Limit = Annotated[int, Field(ge=1, le=200)]
_After = Annotated[str | None, Field(max_length=100)]


class InboxQuery(Body):
    """Which part of an inbox."""

    state: ShareState = ShareState.WAITING
    unit_id: str | None = Field(None, max_length=36)
    after: _After = None
    limit: _Limit = 50


class FullTextSearch(Body):
    """What is looked for in the texts of tickets; in the body, because addresses are logged."""

    text: str = Field(min_length=1, max_length=100, examples=["路灯不亮"])
    after: _After = None
    limit: _Limit = 20


class InboxCounts(BaseModel):
    """How many tickets a unit has in each state of its inbox."""

    waiting: int = 0
    working: int = 0
    returning: int = 0
    answered: int = 0


class SameMatter(View):
    """Another ticket of the same caller."""

    ticket_id: str
    number: str
    state: str
    title: str | None
    likeness: float
    probably: bool


class Rule(View):
    """One line of the table of what each role may do in each state."""

    state: str
    state_label: str
    event: str
    event_label: str
    to: str
    roles: list[str]


class ViewOf(Body):
    """What a saved view shows."""

    wanted: ListFilter


class SavedView(View):
    """A filter under a name."""

    id: str
    name: str = Field(examples=["本周超期"])
    wanted: ListFilter
    shared: bool
    owner_name: str
    own: bool = Field(description="本人保存,可修改删除 / the asker's own")
    saved_at: datetime
