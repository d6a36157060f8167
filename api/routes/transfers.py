"""Transfers: what an agent does with the caller of his own talk."""

from typing import Annotated, Any

from fastapi import APIRouter

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.calls import seen_call
from api.schemas.fields import Identifier
from api.schemas.transfers import TalkNow, ToQueue, TransferTo
from api.services import Services
from core.actors import Actor

router = APIRouter(prefix="/calls/{call_id}/transfer", tags=["transfers"])

TRANSFER_ACT = "hotline/rpc/transfers/act"
TRANSFER_STATE = "hotline/rpc/transfers/state"
_PATIENCE_SECONDS = 5.0
_SAID_LENGTH = 2000

Agent = Annotated[Actor, permitted(Act.CALLS_TRANSFER)]


async def _act(services: Services, actor: Actor, call_id: str, verb: str, more: dict[str, Any]) -> TalkNow:
    await seen_call(services, actor, call_id)
    request = {**more, "call_id": call_id, "verb": verb, "by": actor.account_id}
    return TalkNow.model_validate(await services.bus.request(TRANSFER_ACT, request, timeout=_PATIENCE_SECONDS))


async def _said(services: Services, call_id: str) -> str:
    """Return what the caller said so far; the latest words when it is long."""
    heard = await services.transcripts.transcript(call_id)
    return "".join(one.text.reveal() for one in heard if one.speaker == "caller")[-_SAID_LENGTH:]


@router.get("", **operation("查看通话中的各方", "Who is where in a talk", 404))
async def get_talk(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_READ)], call_id: Identifier
) -> TalkNow:
    """Return the state of the talk and where each party is."""
    await seen_call(services, actor, call_id)
    return TalkNow.model_validate(await services.bus.request(TRANSFER_STATE, {"call_id": call_id}))


@router.post("/consult", **operation("咨询", "Consult while the caller hears music", 404, 409))
async def consult(services: ServicesOf, actor: Agent, call_id: Identifier, to: TransferTo) -> TalkNow:
    """Call somebody aside; the caller hears music, and comes back at once when nobody answers."""
    return await _act(services, actor, call_id, "consult", to.model_dump())


@router.post("/invite", **operation("邀请加入", "Call somebody straight into the talk", 404, 409))
async def invite(services: ServicesOf, actor: Agent, call_id: Identifier, to: TransferTo) -> TalkNow:
    """Call somebody who joins agent and caller when he answers; emergency lines are always reached so."""
    return await _act(services, actor, call_id, "invite", to.model_dump())


@router.post("/emergency", **operation("紧急联动一键接通", "Connect an emergency or utility line", 404, 409))
async def emergency(services: ServicesOf, actor: Agent, call_id: Identifier, to: TransferTo) -> TalkNow:
    """Connect 110, 119, 120, 122, water rescue or a utility at once; number and words of the caller go with it."""
    await seen_call(services, actor, call_id)
    said = to.said or await _said(services, call_id)
    return await _act(services, actor, call_id, "invite", to.model_dump() | {"kind": "hotline", "said": said})


@router.post("/blind", **operation("直接转接", "Blind transfer, told to the caller by voice", 404, 409))
async def blind(services: ServicesOf, actor: Agent, call_id: Identifier, to: TransferTo) -> TalkNow:
    """Tell the caller where he goes and call there; the agent is free with the answer, and has him back without one."""
    return await _act(services, actor, call_id, "blind", to.model_dump())


@router.post("/queue", **operation("转到队列", "Send the caller to a queue", 404, 409))
async def to_queue(services: ServicesOf, actor: Agent, call_id: Identifier, to: ToQueue) -> TalkNow:
    """Send the caller to another queue; the agent is free."""
    return await _act(services, actor, call_id, "requeue", {"number": to.queue})


@router.post("/three-way", **operation("三方通话", "Bring all three together", 404, 409))
async def three_way(services: ServicesOf, actor: Agent, call_id: Identifier) -> TalkNow:
    """Bring caller, agent and the one who is consulted together."""
    return await _act(services, actor, call_id, "three_way", {})


@router.post("/swap", **operation("切换", "Swap between caller and the one who is consulted", 404, 409))
async def swap(services: ServicesOf, actor: Agent, call_id: Identifier) -> TalkNow:
    """Talk to the other one; who is left hears music."""
    return await _act(services, actor, call_id, "swap", {})


@router.post("/complete", **operation("完成转接", "Leave caller and hotline together", 404, 409))
async def complete(services: ServicesOf, actor: Agent, call_id: Identifier) -> TalkNow:
    """Leave; caller and hotline stay together and are recorded until the last one leaves."""
    return await _act(services, actor, call_id, "complete", {})


@router.post("/abort", **operation("取消转接", "Give up; the caller comes back", 404, 409))
async def abort(services: ServicesOf, actor: Agent, call_id: Identifier) -> TalkNow:
    """Let go of who was called; the caller is with the agent again."""
    return await _act(services, actor, call_id, "abort", {})
