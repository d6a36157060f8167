"""The table of the knowledge base."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId


class Article(WithId, Base):
    """An answer that may be given; public text, nothing of a citizen."""

    __tablename__ = "asr_articles"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str]
    words: Mapped[str] = mapped_column(String(500), default="")
    """Other words people use for it, separated by spaces."""
    unit: Mapped[str] = mapped_column(String(100), default="")
    """The unit that keeps it right (知识库准确率, YC-26)."""
    valid_until: Mapped[date | None]
    """Last day it may be answered from; None: until it is replaced."""
    updated_at: Mapped[datetime] = mapped_column(index=True)
