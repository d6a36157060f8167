"""Proposals' fate, alarms and the knowledge base over the wire."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import View
from api.schemas.fields import NumbersMasked


class Acceptance(View):
    """What became of the proposals of one field."""

    field: str = Field(examples=["place"])
    proposed: int
    kept: int
    edited: int = Field(description="多数文字保留 / most of the text stayed")
    replaced: int
    left_out: int
    rate: float = Field(description="采纳率 0–1 / share kept or edited")


class Alarm(View):
    """An urgent matter in a call."""

    id: str
    call_id: str
    level: Literal["urgent", "critical"]
    topic: str = Field(examples=["火灾"])
    words: NumbersMasked
    at: datetime
    told: int = Field(description="已提醒次数 / times told; until somebody takes it, at most five")
    taken_by: str | None = Field(description="处理人 / who took it")
    taken_at: datetime | None


class Article(View):
    """An article agents answer from."""

    code: str = Field(examples=["K-001"])
    title: str
    body: str
    words: str
    unit: str
    valid_until: date | None


class FoundArticle(BaseModel):
    """An article with how well it fits (0 to 1)."""

    score: float
    article: Article


class Articles(BaseModel):
    """A file of articles, as text."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200, examples=["知识库.csv"], description=".md 为 Markdown,其余为 CSV/TSV")
    text: str = Field(max_length=5_000_000)


class Taken(BaseModel):
    """How many articles were taken in, and how many of them are new."""

    taken: int
    new: int
