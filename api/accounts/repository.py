"""All queries on accounts."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.model import Account, AccountLog


async def by_login(session: AsyncSession, login: str) -> Account | None:
    """Return the account that signs on with `login` (lower case)."""
    found: Account | None = await session.scalar(select(Account).where(Account.login == login))
    return found


async def by_id(session: AsyncSession, account_id: str) -> Account | None:
    """Return an account by its id."""
    return await session.get(Account, account_id)


async def by_agent(session: AsyncSession, agent_id: str) -> Account | None:
    """Return the account of the person on an agent's seat."""
    found: Account | None = await session.scalar(select(Account).where(Account.agent_id == agent_id))
    return found


async def everyone(session: AsyncSession) -> Sequence[Account]:
    """Return all accounts, by sign-on name."""
    return (await session.scalars(select(Account).order_by(Account.login))).all()


async def log_of(session: AsyncSession, account_id: str, limit: int) -> Sequence[AccountLog]:
    """Return the newest rows of the log of an account."""
    rows = select(AccountLog).where(AccountLog.account_id == account_id).order_by(AccountLog.id.desc()).limit(limit)
    return (await session.scalars(rows)).all()
