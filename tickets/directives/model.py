"""Leaders' instructions, the tickets under them, and what was reported."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class Directive(WithId, Base):
    """A leader's instruction (批示) on matters that were reported together (CZ-三(四)4)."""

    __tablename__ = "ticket_directives"

    title: Mapped[str] = mapped_column(String(200))
    leader: Mapped[Personal] = mapped_column(EncryptedPersonal)
    instruction: Mapped[Personal] = mapped_column(EncryptedPersonal)
    given_at: Mapped[datetime]
    due_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(36))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class DirectiveTicket(Base):
    """A ticket under an instruction."""

    __tablename__ = "ticket_directive_tickets"
    __table_args__ = (Index("ix_ticket_directive_tickets_ticket_id", "ticket_id"),)

    directive_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    added_at: Mapped[datetime]


class DirectiveReport(WithId, Base):
    """One follow-up: what has become of the instruction."""

    __tablename__ = "ticket_directive_reports"
    __table_args__ = (Index("ix_ticket_directive_reports_directive_id", "directive_id", "id"),)

    directive_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(36))
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    ends: Mapped[bool] = mapped_column(default=False)
    """The last one: the instruction is carried out."""
