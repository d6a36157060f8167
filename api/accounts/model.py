"""Tables of the accounts: `account` and `account_log`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from core.actors import BOUND_TO_A_UNIT, Role
from core.database import Base, WithId

_ROLES = ", ".join(f"'{role.value}'" for role in Role if role is not Role.SYSTEM)

_BOUND = ", ".join(sorted(f"'{role.value}'" for role in BOUND_TO_A_UNIT))


class Account(WithId, Base):
    """A person who signs on. `token_version` is counted up to end every session of the person."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"role IN ({_ROLES})", name="role_known"),
        CheckConstraint(f"role NOT IN ({_BOUND}) OR unit_id IS NOT NULL", name="unit_people_have_a_unit"),
        CheckConstraint("role <> 'agent' OR agent_id IS NOT NULL", name="agents_have_a_seat"),
    )

    login: Mapped[str] = mapped_column(String(64), unique=True)
    """Sign-on name, lower case."""
    name: Mapped[str] = mapped_column(String(64))
    """The staff name that ledgers show."""
    role: Mapped[str] = mapped_column(String(20))
    unit_id: Mapped[str | None] = mapped_column(String(64), index=True)
    unit_post: Mapped[str | None] = mapped_column(String(10))
    """Of a unit's person: a value of `core.actors.UnitPost`; None: every part of the unit's work but releasing."""
    agent_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    token_version: Mapped[int] = mapped_column(default=1)
    locked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]
    signed_on_at: Mapped[datetime | None]


class AccountLog(WithId, Base):
    """One attempt to sign on, or one change to an account. Rows are only added."""

    __tablename__ = "account_log"

    at: Mapped[datetime] = mapped_column(index=True)
    account_id: Mapped[str | None] = mapped_column(String(36), index=True)
    """None: the name given belongs to nobody; the name itself is not kept (people type passwords there)."""
    outcome: Mapped[str] = mapped_column(String(32))
    """A value of `api.accounts.service.Outcome`."""
    address: Mapped[str] = mapped_column(String(64), default="")
    """Network address of the attempt; empty for acts of the command line."""
    by_account_id: Mapped[str] = mapped_column(String(36), default="")
    """Who changed the account; empty for attempts to sign on."""
