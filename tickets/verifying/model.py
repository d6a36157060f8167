"""Records of verification."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class TicketVerification(WithId, Base):
    """Somebody looked whether, and how, a matter was handled (FJ-21, YZ-9a, JS-26a)."""

    __tablename__ = "ticket_verifications"
    __table_args__ = (
        Index("ix_ticket_verifications_ticket_id", "ticket_id", "id"),
        Index("ix_ticket_verifications_unit_id", "unit_id", "id"),
    )

    ticket_id: Mapped[str] = mapped_column(String(36))
    seq: Mapped[int]
    """Number of its event in the ledger."""
    round: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(16))
    """A value of `tickets.rules.verifying.Purpose`."""
    method: Mapped[str] = mapped_column(String(12))
    """A value of `tickets.rules.verifying.Method`."""
    by_unit_id: Mapped[str | None] = mapped_column(String(36))
    """The unit that verified; None: the platform."""
    unit_id: Mapped[str | None] = mapped_column(String(36))
    """The unit whose handling was verified: the result stands on its record."""
    result: Mapped[str] = mapped_column(String(12))
    """A value of `tickets.rules.verifying.Result`."""
    happened_at: Mapped[datetime]
    place: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    people: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Who took part, as written."""
    found: Mapped[Personal] = mapped_column(EncryptedPersonal)
    recorded_by: Mapped[str] = mapped_column(String(36))
    recorded_at: Mapped[datetime]
