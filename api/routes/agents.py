"""Agents: who they are and what they do now; one's own state."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.calls import Agent, AgentAdded, AgentPage, NewAgent, OwnState, WishedState
from api.seats import AGENT_STATE, take_off
from api.services import Services
from core.actors import Actor
from core.errors import Forbidden
from routing.engine_events import AgentPresence
from routing.events import AgentState

router = APIRouter(prefix="/agents", tags=["agents"])

_PATIENCE_SECONDS = 1.0


@router.get("", **operation("查询坐席", "List agents with their states"))
async def list_agents(services: ServicesOf, actor: Annotated[Actor, permitted(Act.AGENTS_READ)]) -> AgentPage:
    """Return all agents by number, with their present states."""
    del actor
    loaded = await _present(services)
    present = {one.agent_id: one for one in loaded or ()}
    items = []
    for agent in await services.agents.list():
        now = present.get(agent.id)
        state, reason, since = (now.state, now.reason, now.since) if now else (AgentState.OFFLINE, "", None)
        items.append(
            Agent(agent_id=agent.id, number=agent.number, name=agent.name, state=state, reason=reason, since=since)
        )
    return AgentPage(items=items, states_known=loaded is not None)


@router.post("/me/state", **operation("设置本人状态", "Set my state", 404, 409))
async def set_own_state(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.AGENT_OWN_STATE)], wished: WishedState
) -> OwnState:
    """Become ready, pause, end the wrap-up, or go; the engine decides and answers with the state afterwards."""
    if actor.agent_id is None:
        raise Forbidden("您的账号没有关联坐席", code="no_seat")
    request = {"agent_id": actor.agent_id, "state": wished.state, "reason": wished.reason or ""}
    return OwnState.model_validate(await services.bus.request(AGENT_STATE, request))


@router.post("", status_code=201, **operation("新增坐席", "Add an agent with a phone", 409))
async def add_agent(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.ACCOUNTS_MANAGE)], new: NewAgent
) -> AgentAdded:
    """Add an agent; what is entered into his softphone is told here and by `hotline agent show`."""
    agent = await services.agents.add(number=new.number, name=new.name, actor=actor)
    await services.phones_changed()
    asterisk = services.settings.asterisk
    return AgentAdded(
        agent_id=agent.id,
        number=agent.number,
        name=agent.name,
        phone_password=agent.phone_secret.reveal(),
        server=f"{asterisk.bind}:{asterisk.sip_port}",
    )


@router.post("/{agent_id}/deactivate", status_code=204, **operation("停用坐席", "Take an agent off for good", 404))
async def deactivate_agent(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.ACCOUNTS_MANAGE)],
    agent_id: Annotated[str, Path(max_length=36)],
) -> None:
    """He is signed off (a talk goes on), his phone's account and his login end, his record stays. Twice is as once."""
    await take_off(
        agent_id, actor, agents=services.agents, accounts=services.accounts, bus=services.bus,
        phones_changed=services.phones_changed,
    )  # fmt: skip


async def _present(services: Services) -> tuple[AgentPresence, ...] | None:
    """Return who is there; None: the store of states is away."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await services.presence.load()
    except TimeoutError:
        return None
