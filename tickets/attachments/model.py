"""Files of tickets."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class TicketAttachment(WithId, Base):
    """A file; its bytes lie under `files/attachments/`, its hash in the ledger."""

    __tablename__ = "ticket_attachments"
    __table_args__ = (
        Index("ix_ticket_attachments_ticket_id", "ticket_id", "id"),
        Index("ix_ticket_attachments_erase_at", "erase_at"),
    )

    ticket_id: Mapped[str] = mapped_column(String(36))
    seq: Mapped[int]
    """Number of the event of the ledger it belongs to."""
    name: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """As the sender called it; people put names into names of files."""
    ending: Mapped[str] = mapped_column(String(4))
    purpose: Mapped[str] = mapped_column(String(16), default="material")
    """`tickets.attachments.kinds.Purpose`."""
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[str] = mapped_column(String(36))
    added_at: Mapped[datetime]
    erase_at: Mapped[datetime | None]
    """Set when the ticket is archived; None: not yet, or no date of its own (files of cases), or erased."""
    erase_clause: Mapped[str | None] = mapped_column(String(40))
    erased_at: Mapped[datetime | None]
