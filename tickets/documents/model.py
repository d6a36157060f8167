"""Notices that were issued."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class TicketNotice(WithId, Base):
    """An official notice about a ticket; its file is set from these facts when it is asked for."""

    __tablename__ = "ticket_notices"

    ticket_id: Mapped[str] = mapped_column(String(36), index=True)
    unit_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(24))
    number: Mapped[str] = mapped_column(String(40), unique=True)
    demand: Mapped[Personal] = mapped_column(EncryptedPersonal)
    issued_by: Mapped[str] = mapped_column(String(60))
    issued_at: Mapped[datetime]
    due_at: Mapped[datetime]
    handling_due_at: Mapped[datetime | None]
    clause: Mapped[str] = mapped_column(String(40))
    counting: Mapped[list[str]] = mapped_column(JSON)
