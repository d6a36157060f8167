"""Use cases of accounts: add, sign on, identify, change and reset passwords, lock and unlock."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts import passwords, repository, tokens
from api.accounts.limits import SignOnLimiter, TooManyAttempts
from api.accounts.model import Account, AccountLog
from core.actors import BOUND_TO_A_UNIT, SYSTEM, Actor, Role, UnitPost
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound, NotSignedOn

_AT_A_PHONE = frozenset({Role.AGENT, Role.SHIFT_LEADER, Role.SUPERVISOR, Role.INSPECTOR})
"""Who may have a phone: supervisors listen and take part by it."""
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")
_NOBODY_HASH = "$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg"
"""Checked when the name belongs to nobody, so that the answer takes as long as for a wrong password."""


class Outcome(StrEnum):
    """What a row of the account log records."""

    SIGNED_ON = "signed_on"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - not a password
    UNKNOWN_ACCOUNT = "unknown_account"
    REFUSED_LOCKED = "refused_locked"
    RATE_LIMITED = "rate_limited"
    ADDED = "added"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - not a password
    LOCKED = "locked"
    UNLOCKED = "unlocked"
    SIGNED_OFF = "signed_off"
    POST_GIVEN = "post_given"


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account as others see it: without its password hash."""

    id: str
    login: str
    name: str
    role: Role
    unit_id: str | None
    agent_id: str | None
    unit_post: UnitPost | None
    locked: bool
    signed_on_at: datetime | None

    @property
    def actor(self) -> Actor:
        """The person as the use cases of the rooms know them."""
        return Actor(self.id, self.name, self.role, self.unit_id, self.agent_id, self.unit_post)


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A successful sign-on."""

    token: str
    expires_at: datetime
    account: AccountSeen


class AccountService:
    """Accounts and their sessions.

    Args:
        database: where accounts are kept.
        clock: tells the present instant.
        token_key: secret of the access tokens (`core.secrets`).
        limiter: counts the attempts.
        token_lifetime: how long a token is good for.
    """

    def __init__(
        self, database: Database, clock: Clock, *, token_key: str, limiter: SignOnLimiter, token_lifetime: timedelta
    ) -> None:
        self._database = database
        self._clock = clock
        self._token_key = token_key
        self.limiter = limiter
        self._token_lifetime = token_lifetime

    async def add(
        self,
        *,
        login: str,
        name: str,
        password: str,
        role: Role,
        unit_id: str | None = None,
        agent_id: str | None = None,
        unit_post: UnitPost | None = None,
        by: Actor = SYSTEM,
    ) -> AccountSeen:
        """Add an account.

        Raises:
            InvalidInput: a value breaks a rule (`api.accounts.passwords.check` for the password).
            Conflict: the sign-on name or the seat is taken (`account_exists`).
        """
        _check_links(login, name, role, unit_id, agent_id)
        _check_post(role, unit_post)
        passwords.check(password, login)
        hash_, now = await passwords.hashed(password), self._clock.now()
        account = Account(
            login=login, name=name, role=role.value, unit_id=unit_id, agent_id=agent_id, unit_post=unit_post,
            password_hash=hash_, token_version=1, created_at=now, password_changed_at=now,
        )  # fmt: skip
        try:
            async with self._database.transaction() as session:
                session.add(account)
                await session.flush()
                self._note(session, account.id, Outcome.ADDED, by=by)
        except IntegrityError as error:
            raise Conflict("账号名或座席已被使用", code="account_exists", detail={"login": login}) from error
        return _seen(account)

    async def sign_on(self, login: str, password: str, address: str) -> SignedOn:
        """Check name and password; give a token.

        Raises:
            NotSignedOn: wrong name or password (`wrong_password`), or the account is locked (`account_locked`, said
                only to who knows the password).
            TooManyAttempts: the limit for account and address is reached.
        """
        login = login.strip().lower()
        async with self._database.reading() as session:
            account = await repository.by_login(session, login)
        await self._limit(login, address, account)
        hash_ = account.password_hash if account else _NOBODY_HASH
        fits, fresh_hash = await passwords.verified(password, hash_)
        async with self._database.transaction() as session:
            current = await repository.by_id(session, account.id) if account else None
            outcome = _outcome(current, fits=fits and current is not None and current.password_hash == hash_)
            self._note(session, current.id if current else None, outcome, address=address)
            if current is not None and outcome is Outcome.SIGNED_ON:
                current.signed_on_at = self._clock.now()
                current.password_hash = fresh_hash or current.password_hash
        if current is None or outcome is not Outcome.SIGNED_ON:
            raise _refusal(outcome)
        await self.limiter.succeeded(login, address)
        return self._session_for(current)

    async def _limit(self, login: str, address: str, account: Account | None) -> None:
        try:
            await self.limiter.attempt(login, address)
        except TooManyAttempts as refusal:
            if refusal.first:
                async with self._database.transaction() as session:
                    self._note(session, account.id if account else None, Outcome.RATE_LIMITED, address=address)
            raise

    async def identify(self, token: str) -> AccountSeen:
        """Return whose token this is.

        Raises:
            NotSignedOn: the token is forged, expired, or ended by a lock, a sign-off or a change of the password.
        """
        claims = tokens.read(token, key=self._token_key, now=self._clock.now())
        async with self._database.reading() as session:
            account = await repository.by_id(session, claims.account_id)
        if account is None or account.locked_at is not None or account.token_version != claims.version:
            raise NotSignedOn("会话已结束,请重新登录", code="session_ended")
        return _seen(account)

    async def change_password(self, actor: Actor, current_password: str, new_password: str, address: str) -> SignedOn:
        """Change one's own password; every other session ends, a fresh one is given.

        Raises:
            NotSignedOn: `current_password` is wrong.
            InvalidInput: `new_password` breaks a rule.
            TooManyAttempts: guessed too often.
        """
        async with self._database.reading() as session:
            account = await self._existing(session, actor.account_id)
        await self._limit(account.login, address, account)
        fits, _ = await passwords.verified(current_password, account.password_hash)
        if not fits:
            raise NotSignedOn("原密码不正确", code="wrong_password")
        await self.limiter.succeeded(account.login, address)
        return self._session_for(await self._replace_password(account, new_password, by=actor))

    async def reset_password(self, login: str, new_password: str, *, by: Actor) -> AccountSeen:
        """Give an account another password (an administrator does); all its sessions end."""
        async with self._database.reading() as session:
            account = await self._named(session, login)
        return _seen(await self._replace_password(account, new_password, by=by))

    async def _replace_password(self, account: Account, new_password: str, *, by: Actor) -> Account:
        passwords.check(new_password, account.login)
        hash_ = await passwords.hashed(new_password)
        async with self._database.transaction() as session:
            current = await self._existing(session, account.id)
            current.password_hash = hash_
            current.password_changed_at = self._clock.now()
            current.token_version += 1
            self._note(session, current.id, Outcome.PASSWORD_CHANGED, by=by)
        return current

    async def lock(self, login: str, *, by: Actor) -> AccountSeen:
        """Lock an account: nobody signs on with it and its sessions end. Locking twice changes nothing."""
        async with self._database.transaction() as session:
            account = await self._named(session, login)
            if account.locked_at is None:
                account.locked_at = self._clock.now()
                account.token_version += 1
                self._note(session, account.id, Outcome.LOCKED, by=by)
        return _seen(account)

    async def lock_of_agent(self, agent_id: str, *, by: Actor) -> AccountSeen | None:
        """Lock the account of the person on an agent's seat, as `lock` does; None: the seat has no account."""
        async with self._database.reading() as session:
            account = await repository.by_agent(session, agent_id)
        return None if account is None else await self.lock(account.login, by=by)

    async def unlock(self, login: str, *, by: Actor) -> AccountSeen:
        """Let an account sign on again."""
        async with self._database.transaction() as session:
            account = await self._named(session, login)
            if account.locked_at is not None:
                account.locked_at = None
                self._note(session, account.id, Outcome.UNLOCKED, by=by)
        return _seen(account)

    async def give_post(self, login: str, post: UnitPost | None, *, by: Actor) -> AccountSeen:
        """Give a unit's person another post, e.g. for as long as a leader is away (JS-7a)."""
        async with self._database.transaction() as session:
            account = await self._named(session, login)
            _check_post(Role(account.role), post)
            account.unit_post = post.value if post else None
            self._note(session, account.id, Outcome.POST_GIVEN, by=by)
        return _seen(account)

    async def sign_off(self, actor: Actor, address: str) -> None:
        """End all sessions of a person."""
        async with self._database.transaction() as session:
            account = await self._existing(session, actor.account_id)
            account.token_version += 1
            self._note(session, account.id, Outcome.SIGNED_OFF, address=address, by=actor)

    async def accounts(self) -> Sequence[AccountSeen]:
        """Return all accounts, by sign-on name."""
        async with self._database.reading() as session:
            return [_seen(account) for account in await repository.everyone(session)]

    async def log_of(self, login: str, limit: int = 100) -> Sequence[AccountLog]:
        """Return the newest rows of the log of an account."""
        async with self._database.reading() as session:
            return await repository.log_of(session, (await self._named(session, login)).id, limit)

    def _session_for(self, account: Account) -> SignedOn:
        token, expires_at = tokens.issue(
            account.id, account.token_version,
            key=self._token_key, now=self._clock.now(), lifetime=self._token_lifetime,
        )  # fmt: skip
        return SignedOn(token, expires_at, _seen(account))

    async def _existing(self, session: AsyncSession, account_id: str) -> Account:
        account = await repository.by_id(session, account_id)
        if account is None:
            raise NotSignedOn("会话已结束,请重新登录", code="session_ended")
        return account

    async def _named(self, session: AsyncSession, login: str) -> Account:
        account = await repository.by_login(session, login.strip().lower())
        if account is None:
            raise NotFound("账号", login)
        return account

    def _note(
        self,
        session: AsyncSession,
        account_id: str | None,
        outcome: Outcome,
        *,
        address: str = "",
        by: Actor | None = None,
    ) -> None:
        by_id = by.account_id if by else ""
        at = self._clock.now()
        session.add(
            AccountLog(at=at, account_id=account_id, outcome=outcome.value, address=address, by_account_id=by_id)
        )


def _outcome(account: Account | None, *, fits: bool) -> Outcome:
    if account is None:
        return Outcome.UNKNOWN_ACCOUNT
    if not fits:
        return Outcome.WRONG_PASSWORD
    return Outcome.SIGNED_ON if account.locked_at is None else Outcome.REFUSED_LOCKED


def _refusal(outcome: Outcome) -> NotSignedOn:
    if outcome is Outcome.REFUSED_LOCKED:
        return NotSignedOn("账号已锁定,请联系管理员", code="account_locked")
    return NotSignedOn("账号或密码不正确", code="wrong_password")


def _check_post(role: Role, post: UnitPost | None) -> None:
    if post is not None and role is not Role.UNIT:
        raise InvalidInput("unit_post", "只有承办单位人员有单位内岗位")


def _check_links(login: str, name: str, role: Role, unit_id: str | None, agent_id: str | None) -> None:
    if not _LOGIN.fullmatch(login):
        raise InvalidInput("login", "账号名须为 2 至 32 个小写字母、数字、点、下划线或短横线")
    if not name.strip() or len(name) > 64:  # noqa: PLR2004 - width of the column
        raise InvalidInput("name", "姓名须为 1 至 64 个字符")
    if role is Role.SYSTEM:
        raise InvalidInput("role", "平台自身的角色不能登录")
    if (role in BOUND_TO_A_UNIT) != (unit_id is not None):
        raise InvalidInput("unit_id", "承办单位、县级中心和县级督查人员须关联单位,其他人员不得关联")
    if role is Role.AGENT and agent_id is None:
        raise InvalidInput("agent_id", "话务员账号必须关联座席")
    if agent_id is not None and role not in _AT_A_PHONE:
        raise InvalidInput("agent_id", "只有话务员、值班长、班长和质检员可以关联座席")


def _seen(account: Account) -> AccountSeen:
    return AccountSeen(
        id=account.id,
        login=account.login,
        name=account.name,
        role=Role(account.role),
        unit_id=account.unit_id,
        agent_id=account.agent_id,
        unit_post=UnitPost(account.unit_post) if account.unit_post else None,
        locked=account.locked_at is not None,
        signed_on_at=account.signed_on_at,
    )
