"""Exports that were asked for."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class TicketExport(WithId, Base):
    """One export."""

    __tablename__ = "ticket_exports"
    __table_args__ = (Index("ix_ticket_exports_state_id", "state", "id"),)

    state: Mapped[str] = mapped_column(String(12))
    """asked, approved, refused, done, failed."""
    form: Mapped[str] = mapped_column(String(4))
    wanted: Mapped[str]
    """`ListFilter` as JSON."""
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_name: Mapped[str] = mapped_column(String(60))
    asked_role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(String(36))
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(36))
    decided_at: Mapped[datetime | None]
    rows_total: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    fetched_at: Mapped[datetime | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
