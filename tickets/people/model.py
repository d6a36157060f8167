"""People of units, and the record of every change to a unit."""

from datetime import datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class UnitPerson(WithId, Base):
    """A named person of a unit in one post; who holds two posts stands twice."""

    __tablename__ = "unit_people"
    __table_args__ = (Index("ix_unit_people_unit_id", "unit_id", "post"),)

    unit_id: Mapped[str] = mapped_column(String(36))
    post: Mapped[str] = mapped_column(String(12))
    """A value of `tickets.rules.people.Post`."""
    name: Mapped[Personal] = mapped_column(EncryptedPersonal)
    phone: Mapped[Personal | None] = mapped_column(EncryptedPersonal)


class UnitChange(WithId, Base):
    """One change to the record of a unit. Rows are only added; people stand in it masked."""

    __tablename__ = "unit_changes"
    __table_args__ = (Index("ix_unit_changes_unit_id", "unit_id", "id"),)

    unit_id: Mapped[str] = mapped_column(String(36))
    at: Mapped[datetime]
    act: Mapped[str] = mapped_column(String(10))
    """added, changed, people, imported."""
    actor_id: Mapped[str] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(64))
    actor_role: Mapped[str] = mapped_column(String(20))
    before: Mapped[dict[str, object]] = mapped_column(JSON)
    after: Mapped[dict[str, object]] = mapped_column(JSON)
