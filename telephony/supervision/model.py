"""The ledger of what supervisors did. Rows are added, and told once how it came out; never removed."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal

_ID = String(36)


class SupervisionRecord(WithId, Base):
    """One act: who, when, on whom, why, and what came of it."""

    __tablename__ = "supervision_records"
    __table_args__ = (
        Index("ix_supervision_records_at", "at"),
        Index("ix_supervision_records_call", "call_id"),
        Index("ix_supervision_records_agent", "agent_id"),
    )

    at: Mapped[datetime]
    account_id: Mapped[str] = mapped_column(_ID)
    act: Mapped[str] = mapped_column(String(20))
    """`listen`, `whisper`, `barge`, `take_over`, `stop`, `log_out`, `move`."""
    call_id: Mapped[str | None] = mapped_column(_ID)
    agent_id: Mapped[str | None] = mapped_column(_ID)
    """Whom: the agent who was listened to, relieved or logged out, or to whom the call was given."""
    queue: Mapped[str | None] = mapped_column(String(60))
    """Queue into which the call was moved."""
    leg_id: Mapped[str | None] = mapped_column(_ID)
    """The supervisor's leg."""
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    """As typed; people write names there."""
    outcome: Mapped[str | None] = mapped_column(String(40))
    """`done`, or the code of the refusal; None: it is not known what came of it."""
