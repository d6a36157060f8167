"""Settled months and what units asked about them."""

from datetime import datetime

from sqlalchemy import JSON, Index, Numeric, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal


class AssessmentMonth(WithId, Base):
    """One month: drafted, open to objections, published (then it does not change any more)."""

    __tablename__ = "assessment_months"

    month: Mapped[str] = mapped_column(String(7), unique=True)
    """`2026-03`, local time."""
    state: Mapped[str] = mapped_column(String(10))
    """draft, published."""
    drafted_at: Mapped[datetime]
    objection_until: Mapped[datetime]
    published_at: Mapped[datetime | None]
    figures: Mapped[dict[str, dict[str, object]]] = mapped_column(JSON)
    """Unit id → its figures as published."""


class AssessmentRequest(WithId, Base):
    """A unit's objection (复核申请) or bonus request (加分申请), or a deduction the centre proposes."""

    __tablename__ = "assessment_requests"
    __table_args__ = (Index("ix_assessment_requests_month_unit_id", "month", "unit_id"),)

    month: Mapped[str] = mapped_column(String(7))
    unit_id: Mapped[str] = mapped_column(String(36))
    kind: Mapped[str] = mapped_column(String(10))
    """objection, bonus, deduction."""
    item: Mapped[str | None] = mapped_column(String(40))
    """Key of the profile's assessment items."""
    ticket_id: Mapped[str | None] = mapped_column(String(36))
    """Ticket an objection is about; accepted, it is left out of the unit's figures."""
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    points: Mapped[float] = mapped_column(Numeric(8, 2, asdecimal=False), default=0)
    state: Mapped[str] = mapped_column(String(10))
    """asked, accepted, refused."""
    asked_by: Mapped[str] = mapped_column(String(36))
    asked_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(36))
    decided_at: Mapped[datetime | None]
    decision: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    """Why, or the document of the body that decided (领导小组办公室, YC-31.3d)."""


class AssessmentFactor(WithId, Base):
    """A score that a person gives: what no figure measures (JS-20, FJ-25, YC-31.1). A later row takes its place."""

    __tablename__ = "assessment_factors"
    __table_args__ = (Index("ix_assessment_factors_period_unit_id", "period", "unit_id"),)

    period: Mapped[str] = mapped_column(String(7))
    """`2026-03` or `2026`."""
    unit_id: Mapped[str] = mapped_column(String(36))
    dimension: Mapped[str] = mapped_column(String(60))
    """One of the profile's dimensions."""
    score: Mapped[float] = mapped_column(Numeric(6, 2, asdecimal=False))
    """0 to 100."""
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    entered_by: Mapped[str] = mapped_column(String(36))
    entered_at: Mapped[datetime]


class AssessmentEvidence(WithId, Base):
    """A file that proves a factor, a bonus or a deduction (YC-31.3b); its bytes lie under `files/assessment/`."""

    __tablename__ = "assessment_evidence"

    item_id: Mapped[str] = mapped_column(String(36), index=True)
    """The request or factor."""
    unit_id: Mapped[str] = mapped_column(String(36))
    name: Mapped[Personal] = mapped_column(EncryptedPersonal)
    ending: Mapped[str] = mapped_column(String(4))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    added_by: Mapped[str] = mapped_column(String(36))
    added_at: Mapped[datetime]
