"""Reports that fall due, what was done about them, and public emergencies that ask for daily ones."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class Report(WithId, Base):
    """One report of one period by one reporter."""

    __tablename__ = "reports"
    __table_args__ = (Index("ix_reports_state_next_alert_at", "state", "next_alert_at"),)

    once: Mapped[str] = mapped_column(String(160), unique=True)
    """Title, cadence, period, unit: the same report falls due once."""
    title: Mapped[str] = mapped_column(String(60))
    cadence: Mapped[str] = mapped_column(String(12))
    contents: Mapped[str] = mapped_column(String(12))
    """What its draft is filled with: `tickets.profile_oversight.Bulletin.contents`."""
    period_start: Mapped[date]
    period_end: Mapped[date]
    """Last day, local time."""
    unit_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """The unit that reports; None: the centre."""
    due_at: Mapped[datetime]
    next_alert_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(12))
    """open, handed_in, released: `tickets.reports.steps`."""
    to: Mapped[list[str]] = mapped_column(JSON)
    released_by: Mapped[str] = mapped_column(String(12))
    """centre, authority (主管部门, YC-26)."""
    clause: Mapped[str] = mapped_column(String(40))
    basis: Mapped[str] = mapped_column(String(20))
    handed_in_by: Mapped[str | None] = mapped_column(String(36))
    handed_in_at: Mapped[datetime | None]
    ending: Mapped[str | None] = mapped_column(String(4))
    sha256: Mapped[str | None] = mapped_column(String(64))
    released_at: Mapped[datetime | None]


class ReportEventRow(WithId, Base):
    """What happened to a report. Rows are only added."""

    __tablename__ = "report_events"

    report_id: Mapped[str] = mapped_column(String(36), index=True)
    event: Mapped[str] = mapped_column(String(12))
    """opened, reminded, handed_in, refused, released, fetched."""
    actor_id: Mapped[str] = mapped_column(String(36))
    actor_name: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    note: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    data: Mapped[dict[str, object]] = mapped_column(JSON)


class PublicEmergency(WithId, Base):
    """An emergency during which reports are daily (JS-19c)."""

    __tablename__ = "public_emergencies"

    title: Mapped[str] = mapped_column(String(100))
    began_at: Mapped[datetime]
    began_by: Mapped[str] = mapped_column(String(36))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(36))
