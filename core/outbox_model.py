"""The outbox table: messages that must arrive, written in the transaction of the fact they tell."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId


class MessageState(StrEnum):
    """States of a message: pending → delivered, or → dead after too many failed attempts."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


class OutboxMessage(WithId, Base):
    """One message to one handler."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        UniqueConstraint("topic", "key", name="uq_outbox_messages_topic_key"),
        Index("ix_outbox_messages_state_due_at", "state", "due_at"),
    )

    topic: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(200))
    """Idempotency key within the topic."""
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    """Encrypted JSON: it may hold personal data."""
    state: Mapped[str] = mapped_column(String(16), default=MessageState.PENDING)
    attempt: Mapped[int] = mapped_column(default=0)
    """Attempts begun; also the token that tells a late deliverer its claim is no longer its own."""
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    """Earliest next attempt. A claim moves it past the lease, so a killed deliverer's messages return by themselves."""
    done_at: Mapped[datetime | None]
    """When it was delivered or given up."""
    last_error: Mapped[str | None] = mapped_column(String(300))
    """Kind and place of the last failure; no personal data."""
