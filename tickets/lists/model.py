"""Saved views."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId


class SavedView(WithId, Base):
    """A filter somebody keeps under a name, for themselves or for the whole centre."""

    __tablename__ = "ticket_saved_views"
    __table_args__ = (
        UniqueConstraint("owner_id", "name", name="uq_ticket_saved_views_owner_id_name"),
        Index("ix_ticket_saved_views_shared", "shared"),
    )

    owner_id: Mapped[str] = mapped_column(String(36))
    owner_name: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(40))
    wanted: Mapped[str]
    """`ListFilter` as JSON."""
    shared: Mapped[bool]
    saved_at: Mapped[datetime]
