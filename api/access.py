"""Who looked at personal data of calls, when and why (`access_log`). Tickets and recordings keep logs of their own."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from core.actors import Actor
from core.clock import Clock
from core.database import Base, Database, WithId
from core.personal import EncryptedPersonal, Personal


class AccessRecord(WithId, Base):
    """One look. Rows are only added."""

    __tablename__ = "access_log"

    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[str] = mapped_column(String(36), index=True)
    thing: Mapped[str] = mapped_column(String(16))
    """What was looked at: `call`."""
    thing_id: Mapped[str] = mapped_column(String(36), index=True)
    reason: Mapped[Personal] = mapped_column(EncryptedPersonal)
    """As typed; people write names there."""


class AccessLog:
    """Writes the log; a look that cannot be logged does not happen."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def note(self, actor: Actor, thing: str, thing_id: str, reason: str) -> None:
        """Keep that `actor` looks at a thing now.

        Raises:
            PartUnavailable: the database cannot be written.
        """
        async with self._database.transaction() as session:
            session.add(
                AccessRecord(
                    at=self._clock.now(),
                    account_id=actor.account_id,
                    thing=thing,
                    thing_id=thing_id,
                    reason=Personal(reason),
                )
            )
