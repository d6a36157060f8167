"""Tables of callers: the block list, callbacks with their calls, and the record of every change people made."""

from datetime import datetime

from sqlalchemy import Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal, SearchHash

_ID = String(36)
_HOLDS = text("lifted_at IS NULL")
_OPEN = text("closed_at IS NULL")


class CallerBlock(WithId, Base):
    """A number that is refused until a day. Rows are never deleted."""

    __tablename__ = "caller_blocks"
    __table_args__ = (
        Index("uq_caller_blocks_holding", "number_hash", unique=True, sqlite_where=_HOLDS, postgresql_where=_HOLDS),
    )

    number: Mapped[Personal] = mapped_column(EncryptedPersonal)
    """In national form."""
    number_hash: Mapped[Personal] = mapped_column(SearchHash)
    reason: Mapped[str] = mapped_column(String(200))
    blocked_at: Mapped[datetime]
    blocked_by: Mapped[str] = mapped_column(_ID)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    lifted_at: Mapped[datetime | None]
    """When it was taken off the list, or replaced by a new entry."""
    lifted_by: Mapped[str | None] = mapped_column(_ID)
    refused: Mapped[int] = mapped_column(default=0)
    """Calls refused because of it."""
    last_refused_at: Mapped[datetime | None]


class CallerChange(WithId, Base):
    """What a person changed about callers, and why. Rows are only added; numbers stand in the thing itself."""

    __tablename__ = "caller_changes"

    at: Mapped[datetime] = mapped_column(index=True)
    by: Mapped[str] = mapped_column(_ID)
    what: Mapped[str] = mapped_column(String(24))
    """`block`, `unblock`, `cancel_callback`."""
    thing_id: Mapped[str] = mapped_column(_ID, index=True)
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    """As typed; people write names there."""


class Callback(WithId, Base):
    """A citizen who is to be called back; at most one open for a number."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("uq_callbacks_open", "number_hash", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    kind: Mapped[str] = mapped_column(String(8))
    """`routing.callers.rules.CallbackKind` it began as."""
    number: Mapped[Personal] = mapped_column(EncryptedPersonal)
    number_hash: Mapped[Personal] = mapped_column(SearchHash)
    queue: Mapped[str] = mapped_column(String(60))
    dialled: Mapped[str] = mapped_column(String(32), default="")
    entered_at: Mapped[datetime]
    """The place it keeps: since when its citizen waits."""
    state: Mapped[str] = mapped_column(String(12), index=True)
    next_call_id: Mapped[str] = mapped_column(_ID, unique=True)
    """Id of the call that is made next: the engine knows the callback by it."""
    not_before: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    """Vain attempts that count."""
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CallbackCall(Base):
    """A call that belongs to a callback: the one that led to it, further missed ones, and each attempt."""

    __tablename__ = "callback_calls"

    call_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    callback_id: Mapped[str] = mapped_column(_ID, index=True)
    part: Mapped[str] = mapped_column(String(8))
    """`asked`, `missed`, `attempt`, `again` (the citizen's own call that was answered)."""
    at: Mapped[datetime]
    endpoint: Mapped[str] = mapped_column(String(80), default="")
    """The agent's phone, for an attempt."""
    outcome: Mapped[str | None] = mapped_column(String(12))
    """`routing.callers.rules.CallOutcome` of an attempt; None while it goes on."""
