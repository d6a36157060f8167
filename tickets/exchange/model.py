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
