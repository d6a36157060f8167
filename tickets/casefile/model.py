"""Case files that were asked for."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class TicketCaseFile(WithId, Base):
    """One sealed case file of one ticket."""

    __tablename__ = "ticket_case_files"
    __table_args__ = (Index("ix_ticket_case_files_state_id", "state", "id"),)

    ticket_id: Mapped[str] = mapped_column(String(36), index=True)
    state: Mapped[str] = mapped_column(String(12))
    """asked, approved, refused, done, expired."""
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    recipient: Mapped[str] = mapped_column(String(100))
    """Who gets it: 纪检监察机关, 组织人事部门 (JS-29/30)."""
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_name: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(36))
    decided_name: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    erase_at: Mapped[datetime | None] = mapped_column(index=True)
    sha256: Mapped[str | None] = mapped_column(String(64))
