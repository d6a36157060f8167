"""Outside platforms."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class Platform(WithId, Base):
    """A platform that may hand over tickets and ask for their state."""

    __tablename__ = "ticket_platforms"

    name: Mapped[str] = mapped_column(String(24), unique=True)
    title: Mapped[str] = mapped_column(String(100))
    source: Mapped[str | None] = mapped_column(String(24))
    """Key of the profile's `sources` its tickets carry."""
    secret: Mapped[Personal] = mapped_column(EncryptedPersonal)
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    report_url: Mapped[str | None] = mapped_column(String(300))
    """Where the states of its tickets are posted; None: it asks."""


class TicketHandUp(WithId, Base):
    """A ticket that was handed to the platform above, and what that says of it."""

    __tablename__ = "ticket_hand_ups"

    ticket_id: Mapped[str] = mapped_column(String(36), index=True)
    state: Mapped[str] = mapped_column(String(12))
    """sent, received, handling, returned, closed."""
    handed_by: Mapped[str] = mapped_column(String(36))
    handed_at: Mapped[datetime]
    upper_number: Mapped[str | None] = mapped_column(String(80))
    """Its number above: the receipt."""
    received_at: Mapped[datetime | None]
    last_sequence: Mapped[int] = mapped_column(default=0)
    """Highest sequence number of their reports: an older one that arrives later moves nothing."""
    reported_at: Mapped[datetime | None]
