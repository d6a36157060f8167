"""Campaigns."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId


class Campaign(WithId, Base):
    """A call for suggestions with a beginning and an end (JS-15e)."""

    __tablename__ = "ticket_campaigns"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    held_by: Mapped[str] = mapped_column(String(100))
    """The department that asks."""
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
