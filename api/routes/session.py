"""Signing on and off, and who one is."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from api.accounts.service import SignedOn
from api.identity import AddressOf, ServicesOf
from api.operations import operation, permitted, public
from api.permissions import PERMISSIONS, Act
from core.actors import Actor, Role
from core.errors import HotlineError

router = APIRouter(tags=["session"])


class Credentials(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"login": "a8001", "password": "…"}]})

    login: Annotated[str, Field(min_length=1, max_length=64, description="账号名 / sign-on name")]
    password: Annotated[SecretStr, Field(min_length=1, max_length=128, description="密码 / password")]


class Me(BaseModel):
    """The signed-on person."""

    account_id: str
    name: str = Field(examples=["张敏"])
    role: Role
    unit_id: str | None
    agent_id: str | None
    acts: list[str] = Field(description="可执行的操作 / acts the role may do, names of the permission table")


class Session(BaseModel):
    """A session that has begun."""

    token: str = Field(description="访问令牌,放入 Authorization: Bearer / goes into the Authorization header")
    token_type: str = "bearer"  # noqa: S105 - not a secret
    expires_at: datetime
    me: Me


class PasswordChange(BaseModel):
    """The password of today and the one of tomorrow."""

    model_config = ConfigDict(extra="forbid")

    current_password: Annotated[SecretStr, Field(min_length=1, max_length=128)]
    new_password: Annotated[SecretStr, Field(min_length=1, max_length=128)]


@router.post("/sign-on", **public("登录", "Sign on", 401, 422, 429, 503))
async def sign_on(request: Request, services: ServicesOf, address: AddressOf, given: Credentials) -> Session:
    """Check name and password and give an access token. Attempts are counted for account and address."""
    counted = request.app.state.metrics.sign_ons
    try:
        session = await services.accounts.sign_on(given.login, given.password.get_secret_value(), address)
    except HotlineError as error:
        counted.labels(error.code).inc()
        raise
    counted.labels("signed_on").inc()
    return _session(session)


@router.post("/sign-off", status_code=204, **operation("退出登录", "Sign off: ends all sessions of the person"))
async def sign_off(
    services: ServicesOf, address: AddressOf, actor: Annotated[Actor, permitted(Act.OWN_SESSION)]
) -> None:
    """End every session of the signed-on person."""
    await services.accounts.sign_off(actor, address)


@router.get("/me", **operation("我是谁", "Who am I"))
async def me(actor: Annotated[Actor, permitted(Act.OWN_SESSION)]) -> Me:
    """Return the signed-on person and what the role may do."""
    return _me(actor)


@router.post("/me/password", **operation("修改密码", "Change my password", 429))
async def change_password(
    services: ServicesOf,
    address: AddressOf,
    actor: Annotated[Actor, permitted(Act.OWN_SESSION)],
    change: PasswordChange,
) -> Session:
    """Change one's own password: every other session ends, a fresh token is given."""
    current, new = change.current_password.get_secret_value(), change.new_password.get_secret_value()
    return _session(await services.accounts.change_password(actor, current, new, address))


def _session(begun: SignedOn) -> Session:
    return Session(token=begun.token, expires_at=begun.expires_at, me=_me(begun.account.actor))


def _me(actor: Actor) -> Me:
    acts = sorted(act.value for act, roles in PERMISSIONS.items() if actor.role in roles)
    return Me(
        account_id=actor.account_id,
        name=actor.name,
        role=actor.role,
        unit_id=actor.unit_id,
        agent_id=actor.agent_id,
        acts=acts,
    )
