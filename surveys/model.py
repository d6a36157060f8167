"""Tables of the surveys room."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal, SearchHash

_ID = String(36)


class Survey(WithId, Base):
    """The question to one citizen about one handling of one ticket."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("ticket_id", "round", name="uq_surveys_ticket_id_round"),
        Index("ix_surveys_state_answer_due_at", "state", "answer_due_at"),
    )

    ticket_id: Mapped[str] = mapped_column(_ID)
    number: Mapped[str] = mapped_column(String(24), index=True)
    """工单编号."""
    round: Mapped[int]
    category: Mapped[str | None] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16))
    mobile: Mapped[Personal | None] = mapped_column(EncryptedPersonal)
    mobile_hash: Mapped[str | None] = mapped_column(SearchHash, index=True)
    opened_at: Mapped[datetime]
    answer_due_at: Mapped[datetime | None]
    """When silence ends the wait for a reply."""
    hinted: Mapped[bool] = mapped_column(default=False)
    rating: Mapped[str | None] = mapped_column(String(24))
    rated_at: Mapped[datetime | None]
    step: Mapped[str | None] = mapped_column(String(24))
    excluded: Mapped[bool] = mapped_column(default=False)
    settled_at: Mapped[datetime | None]


class SmsMessage(WithId, Base):
    """A text message that leaves."""

    __tablename__ = "sms_messages"

    key: Mapped[str] = mapped_column(String(100), unique=True)
    """Says what it is about: the same key twice is one message."""
    kind: Mapped[str] = mapped_column(String(16))
    ticket_id: Mapped[str] = mapped_column(_ID, index=True)
    survey_id: Mapped[str | None] = mapped_column(_ID)
    to: Mapped[Personal] = mapped_column(EncryptedPersonal)
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    reference: Mapped[str | None] = mapped_column(String(100))
    """What the gateway calls it."""


class SmsReply(WithId, Base):
    """A text message that came in."""

    __tablename__ = "sms_replies"

    message_id: Mapped[str] = mapped_column(String(100), unique=True)
    sender: Mapped[Personal] = mapped_column(EncryptedPersonal)
    sender_hash: Mapped[str] = mapped_column(SearchHash, index=True)
    text: Mapped[Personal] = mapped_column(EncryptedPersonal)
    at: Mapped[datetime]
    survey_id: Mapped[str | None] = mapped_column(_ID)
    understood: Mapped[str] = mapped_column(String(16))


class CallbackTask(WithId, Base):
    """Something a person of the callback post must do."""

    __tablename__ = "callback_tasks"
    __table_args__ = (Index("ix_callback_tasks_open_id", "open", "id"),)

    survey_id: Mapped[str] = mapped_column(_ID, index=True)
    ticket_id: Mapped[str] = mapped_column(_ID, index=True)
    number: Mapped[str] = mapped_column(String(24))
    round: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    """call or verify."""
    cause: Mapped[str] = mapped_column(String(24))
    open: Mapped[bool] = mapped_column(default=True)
    opened_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(24))
    actor_id: Mapped[str | None] = mapped_column(_ID)
    reason: Mapped[str | None] = mapped_column(String(40))
    note: Mapped[Personal | None] = mapped_column(EncryptedPersonal)


class CallbackTry(WithId, Base):
    """A try to reach the citizen that failed (the attempt protocol of AMB-20)."""

    __tablename__ = "callback_tries"

    task_id: Mapped[str] = mapped_column(_ID, index=True)
    at: Mapped[datetime]
    actor_id: Mapped[str] = mapped_column(_ID)
