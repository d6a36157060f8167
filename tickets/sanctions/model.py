"""Records of accountability."""

from datetime import datetime

from sqlalchemy import Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class SanctionRecord(WithId, Base):
    """One form of accountability for one unit or person (YC-37, FJ-31)."""

    __tablename__ = "ticket_sanctions"

    unit_id: Mapped[str] = mapped_column(String(36), index=True)
    person: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Whom of the unit's staff it is about; None: the unit itself."""
    kind: Mapped[str] = mapped_column(String(40))
    """Key of the profile's sanctions."""
    clause: Mapped[str] = mapped_column(String(40))
    ticket_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The ticket it rests on (YC-34.5)."""
    facts: Mapped[Personal] = mapped_column(EncryptedPersonal)
    state: Mapped[str] = mapped_column(String(12))
    """proposed, imposed, tolerated, dismissed."""
    points: Mapped[float] = mapped_column(Numeric(8, 2, asdecimal=False), default=0)
    proposed_by: Mapped[str] = mapped_column(String(36))
    proposed_at: Mapped[datetime]
    decision: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Document, or why it is tolerated or dismissed."""
    decided_by: Mapped[str | None] = mapped_column(String(36))
    decided_at: Mapped[datetime | None]
