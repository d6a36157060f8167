"""Samples that were drawn, and what was asked about them."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class OversightSample(WithId, Base):
    """Tickets drawn at random; the seed draws the same again, so a sample cannot be picked by hand."""

    __tablename__ = "oversight_samples"
    __table_args__ = (Index("ix_oversight_samples_drawn_by", "drawn_by", "id"),)

    drawn_by: Mapped[str] = mapped_column(String(36))
    drawn_at: Mapped[datetime]
    purpose: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[str | None] = mapped_column(String(36))
    since: Mapped[datetime]
    until: Mapped[datetime]
    out_of: Mapped[int]
    """How many tickets it was drawn from."""
    seed: Mapped[str] = mapped_column(String(36))
    ticket_ids: Mapped[list[str]] = mapped_column(JSON)


class OversightEnquiry(WithId, Base):
    """What somebody who oversees the platform asks or wants put right, and the reply."""

    __tablename__ = "oversight_enquiries"
    __table_args__ = (Index("ix_oversight_enquiries_asked_by", "asked_by", "id"),)

    kind: Mapped[str] = mapped_column(String(16))
    """`enquiry` or `rectify` (整改意见)."""
    sample_id: Mapped[str | None] = mapped_column(String(36))
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_at: Mapped[datetime]
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    due_at: Mapped[datetime]
    answered_by: Mapped[str | None] = mapped_column(String(36))
    answered_at: Mapped[datetime | None]
    reply: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
