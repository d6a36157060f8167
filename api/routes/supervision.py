"""Supervision: listen, whisper, barge, take over; log an agent out; the ledger of it all."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.calls import phone_of
from api.schemas.fields import Identifier
from api.schemas.queues import (
    LoggedOut,
    Span,
    StateChange,
    Stopped,
    Supervised,
    SupervisionEntry,
    SupervisionPage,
    SupervisionQuery,
    Why,
)
from api.services import Services
from core.actors import Actor
from core.errors import Forbidden
from telephony.supervision.repository import RecordFilter
from telephony.supervision.service import Act as Entry
from telephony.supervision.verbs import Verb

router = APIRouter(tags=["supervision"])

SUPERVISE = "hotline/rpc/engine/supervise"
STOP_SUPERVISING = "hotline/rpc/engine/stop-supervising"
LOG_OUT = "hotline/rpc/engine/log-out"


@router.post("/calls/{call_id}/listen", **operation("监听", "Listen to a call", 404, 409))
async def listen_to_call(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_LISTEN)], call_id: Identifier, why: Why
) -> Supervised:
    """Ring the supervisor's phone: he hears caller and agent, nobody hears him."""
    return await _supervise(services, actor, call_id, Verb.LISTEN, why.reason)


@router.post("/calls/{call_id}/whisper", **operation("密语辅导", "Whisper to the agent of a call", 404, 409))
async def whisper_to_agent(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_WHISPER)], call_id: Identifier, why: Why
) -> Supervised:
    """As listening, and the agent hears the supervisor; the caller does not."""
    return await _supervise(services, actor, call_id, Verb.WHISPER, why.reason)


@router.post("/calls/{call_id}/barge", **operation("强插", "Barge into a call", 404, 409))
async def barge_into_call(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_BARGE)], call_id: Identifier, why: Why
) -> Supervised:
    """All three hear each other; the supervisor's leg is recorded."""
    return await _supervise(services, actor, call_id, Verb.BARGE, why.reason)


@router.post("/calls/{call_id}/take-over", **operation("接管", "Take a call over", 404, 409))
async def take_call_over(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_TAKE_OVER)], call_id: Identifier, why: Why
) -> Supervised:
    """The supervisor has the caller, the agent leaves; every leg stays recorded."""
    return await _supervise(services, actor, call_id, Verb.TAKE_OVER, why.reason)


@router.post("/supervision/stop", **operation("结束监听或介入", "Stop supervising", 409))
async def stop_supervising(services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_LISTEN)]) -> Stopped:
    """Hang up the supervisor's leg of a call he listens to, whispers or barged into."""
    entry = Entry("stop", "")
    async with services.supervision.entry(actor, entry):
        answer = await services.bus.request(STOP_SUPERVISING, {"phone": await _phone(services, actor)})
        entry.call_id = str(answer["call_id"])
    return Stopped(call_id=entry.call_id)


@router.post("/agents/{agent_id}/log-out", **operation("强制签出", "Log an agent out", 404, 409))
async def log_agent_out(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.AGENTS_LOG_OUT)], agent_id: Identifier, why: Why
) -> LoggedOut:
    """Sign an agent off; a talk is not cut, he is gone when it ends."""
    await services.agents.get(agent_id)
    async with services.supervision.entry(actor, Entry("log_out", why.reason, agent_id=agent_id)):
        answer = await services.bus.request(LOG_OUT, {"agent_id": agent_id, "by": actor.account_id})
    return LoggedOut.model_validate(answer)


@router.get("/agents/{agent_id}/states", **operation("坐席状态历史", "What an agent did when", 404))
async def agent_states(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.AGENTS_HISTORY)],
    agent_id: Identifier,
    wanted: Annotated[Span, Query()],
) -> list[StateChange]:
    """Return the agent's changes of state in the span with their reasons, newest first, at most 500."""
    del actor
    await services.agents.get(agent_id)
    changes = await services.figures.changes_of(agent_id, wanted.since, wanted.until)
    return [StateChange.model_validate(one) for one in changes]


@router.get("/supervision", **operation("监听介入台账", "Ledger of supervision"))
async def list_supervision(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.SUPERVISION_READ)],
    wanted: Annotated[SupervisionQuery, Query()],
) -> SupervisionPage:
    """Return what supervisors did, newest first: who, when, on whom, why, and what came of it."""
    del actor
    records = await services.supervision.records(RecordFilter(**wanted.model_dump()))
    items = [SupervisionEntry.model_validate(one) for one in records]
    return SupervisionPage(items=items, next=items[-1].id if len(items) == wanted.limit else None)


async def _supervise(services: Services, actor: Actor, call_id: str, verb: Verb, reason: str) -> Supervised:
    entry = Entry(verb.value, reason, call_id=call_id)
    async with services.supervision.entry(actor, entry):
        phone = await _phone(services, actor)
        request = {"call_id": call_id, "verb": verb, "phone": phone, "agent_id": actor.agent_id}
        answer = Supervised.model_validate(await services.bus.request(SUPERVISE, request, timeout=5.0))
        entry.leg_id = answer.leg_id
        agent = await services.agents.by_number(answer.agent_phone)
        entry.agent_id = agent.id if agent else None
    return answer


async def _phone(services: Services, actor: Actor) -> str:
    phone = await phone_of(services, actor)
    if phone is None:
        raise Forbidden("您的账号没有关联话机,无法监听或介入", code="no_seat")
    return phone
