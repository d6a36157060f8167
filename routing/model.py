"""Tables of the routing room: agents, offers with the reason of each decision, and the queue log."""

from datetime import datetime

from sqlalchemy import JSON, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, WithId
from core.personal import EncryptedPersonal, Personal

_ID = String(36)
_ACTIVE = text("active")


class Agent(WithId, Base):
    """An agent (话务员 / 坐席). Never deleted: offers and calls name him."""

    __tablename__ = "agents"
    __table_args__ = (
        # a number or account is free again when the agent who had it is no longer active
        Index("uq_agents_number_active", "number", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
        Index("uq_agents_account_id_active", "account_id", unique=True, sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )

    number: Mapped[str] = mapped_column(String(8))
    """The phone's number: also its endpoint and auth user in the switch."""
    name: Mapped[str] = mapped_column(String(60))
    account_id: Mapped[str | None] = mapped_column(_ID)
    """Account (room api) of the person."""
    phone_secret: Mapped[Personal] = mapped_column(EncryptedPersonal)
    """SIP password of the phone."""
    active: Mapped[bool] = mapped_column(default=True)
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(_ID)
    """Account of who added the agent."""
    deactivated_at: Mapped[datetime | None]
    deactivated_by: Mapped[str | None] = mapped_column(_ID)


class OfferRecord(WithId, Base):
    """An offer of a call to an agent, why it was made and how it ended. The id is the engine's offer id."""

    __tablename__ = "offers"

    call_id: Mapped[str] = mapped_column(_ID, index=True)
    agent_id: Mapped[str] = mapped_column(_ID, index=True)
    leg_id: Mapped[str | None] = mapped_column(_ID)
    """None while only the end of the offer is known."""
    why: Mapped[str] = mapped_column(default="")
    trace: Mapped[dict[str, object] | None] = mapped_column(JSON)
    """`routing.events.DecisionTrace` as JSON."""
    made_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    """`routing.events.OfferOutcome`; None while open."""
    ended_at: Mapped[datetime | None]


class QueueStay(Base):
    """The queue log: one row for each queue a call or callback waited in."""

    __tablename__ = "queue_stays"

    call_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    queue: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    entered_at: Mapped[datetime] = mapped_column(index=True)
    """When the caller began to wait, in whichever queue."""
    queued_at: Mapped[datetime | None]
    """When the engine put it into this queue; None while only its leaving is known."""
    first_offered_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(16))
    """`routing.events.LeaveReason`; None while the call waits. `joined`: `left_at` is when the agent answered."""


class PlanVersionRow(Base):
    """A version of the plan of queues. Never changed; whether it is in force is told by the activations."""

    __tablename__ = "queue_plans"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1; 0 is the plan that is shipped and stands in no row."""
    document: Mapped[dict[str, object]] = mapped_column(JSON)
    """`routing.plan.document.Plan` as JSON, complete."""
    source: Mapped[str | None] = mapped_column(Text)
    """The TOML text it was read from."""
    note: Mapped[str] = mapped_column(String(200), default="")
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str] = mapped_column(_ID)


class PlanActivation(WithId, Base):
    """A version was put in force. The last one holds."""

    __tablename__ = "queue_plan_activations"

    version: Mapped[int] = mapped_column(index=True)
    replaced: Mapped[int]
    """Version in force before; 0: the shipped one."""
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(_ID)
    reason: Mapped[str] = mapped_column(String(200), default="")
    differs: Mapped[list[dict[str, object]]] = mapped_column(JSON)
    """`routing.plan.differences.Difference` for each value that is another than in the version replaced."""
