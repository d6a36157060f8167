"""Accounts, for administrators."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.accounts.model import AccountLog
from api.accounts.service import AccountSeen, Outcome
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from core.actors import Actor, Role, UnitPost

router = APIRouter(prefix="/accounts", tags=["accounts"])

Administrator = Annotated[Actor, permitted(Act.ACCOUNTS_MANAGE)]
Login = Annotated[str, Path(max_length=64, description="账号名 / sign-on name", examples=["a8001"])]


class NewAccount(BaseModel):
    """An account to be added."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[str, Field(max_length=32, examples=["a8001"])]
    name: Annotated[str, Field(max_length=64, examples=["张敏"])]
    password: Annotated[SecretStr, Field(max_length=128)]
    role: Role
    unit_id: Annotated[str | None, Field(max_length=64)] = None
    agent_id: Annotated[str | None, Field(max_length=64)] = None
    unit_post: UnitPost | None = None


class NewPassword(BaseModel):
    """A password set by an administrator."""

    model_config = ConfigDict(extra="forbid")

    password: Annotated[SecretStr, Field(max_length=128)]


class NewPost(BaseModel):
    """A post inside a unit; none: receives and handles, releases nothing."""

    model_config = ConfigDict(extra="forbid")

    post: UnitPost | None


class AccountView(BaseModel):
    """An account."""

    id: str
    login: str
    name: str
    role: Role
    unit_id: str | None
    agent_id: str | None
    unit_post: UnitPost | None
    locked: bool
    signed_on_at: datetime | None


class AccountEvent(BaseModel):
    """One row of the log of an account."""

    at: datetime
    outcome: Outcome
    address: str
    by_account_id: str


@router.get("", **operation("查询账号", "List accounts"))
async def list_accounts(services: ServicesOf, actor: Administrator) -> list[AccountView]:
    """Return all accounts, by sign-on name."""
    del actor
    return [_view(account) for account in await services.accounts.accounts()]


@router.post("", status_code=201, **operation("新增账号", "Add an account", 409))
async def add_account(services: ServicesOf, actor: Administrator, new: NewAccount) -> AccountView:
    """Add an account. Unit people need `unit_id`, agents need `agent_id`."""
    added = await services.accounts.add(
        login=new.login,
        name=new.name,
        password=new.password.get_secret_value(),
        role=new.role,
        unit_id=new.unit_id,
        agent_id=new.agent_id,
        unit_post=new.unit_post,
        by=actor,
    )
    return _view(added)


@router.post("/{login}/lock", **operation("锁定账号", "Lock an account", 404))
async def lock_account(services: ServicesOf, actor: Administrator, login: Login) -> AccountView:
    """Lock an account: its sessions end at once."""
    return _view(await services.accounts.lock(login, by=actor))


@router.post("/{login}/unlock", **operation("解锁账号", "Unlock an account", 404))
async def unlock_account(services: ServicesOf, actor: Administrator, login: Login) -> AccountView:
    """Let an account sign on again."""
    return _view(await services.accounts.unlock(login, by=actor))


@router.post("/{login}/password", **operation("重置密码", "Reset a password", 404))
async def reset_password(services: ServicesOf, actor: Administrator, login: Login, new: NewPassword) -> AccountView:
    """Give an account another password: its sessions end at once."""
    return _view(await services.accounts.reset_password(login, new.password.get_secret_value(), by=actor))


@router.put("/{login}/post", **operation("设置单位内岗位", "Set the post inside the unit", 404))
async def give_post(services: ServicesOf, actor: Administrator, login: Login, given: NewPost) -> AccountView:
    """Give a unit's person another post: receiver, handler or approver; e.g. for as long as a leader is away."""
    return _view(await services.accounts.give_post(login, given.post, by=actor))


@router.get("/{login}/log", **operation("账号日志", "Log of an account", 404))
async def account_log(services: ServicesOf, actor: Administrator, login: Login) -> list[AccountEvent]:
    """Return the newest 100 sign-ons, refusals and changes of an account."""
    del actor
    return [_event(row) for row in await services.accounts.log_of(login)]


def _view(account: AccountSeen) -> AccountView:
    return AccountView(
        id=account.id,
        login=account.login,
        name=account.name,
        role=account.role,
        unit_id=account.unit_id,
        agent_id=account.agent_id,
        unit_post=account.unit_post,
        locked=account.locked,
        signed_on_at=account.signed_on_at,
    )


def _event(row: AccountLog) -> AccountEvent:
    return AccountEvent(at=row.at, outcome=Outcome(row.outcome), address=row.address, by_account_id=row.by_account_id)
