"""Calls: what is on the line and what was, who said what, what it proposes for the ticket, why this agent got it."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.access import AccessLog
from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.calls import (
    Call,
    CallPage,
    CallQuery,
    CallSearch,
    Decision,
    HungUp,
    RevealedCall,
    RevealedSuggestion,
    RevealedUtterance,
    RevealOfCall,
    Suggestion,
    Utterance,
)
from api.schemas.fields import Identifier
from api.services import Services
from core.actors import Actor, Role
from core.errors import NotFound
from core.personal import Personal
from telephony.repository import CallFilter
from telephony.views import CallView

router = APIRouter(prefix="/calls", tags=["calls"])

HANG_UP = "hotline/rpc/engine/hang-up"

Reader = Annotated[Actor, permitted(Act.CALLS_READ)]


async def phone_of(services: Services, actor: Actor) -> str | None:
    """Return the number of the agent's phone the actor sits at; None: the actor has no seat."""
    return (await services.agents.get(actor.agent_id)).number if actor.agent_id else None


async def is_own(services: Services, actor: Actor, call: CallView) -> bool:
    """Tell whether the actor's phone rang for the call or was in it."""
    number = await phone_of(services, actor)
    return number is not None and any(leg.endpoint == number for leg in call.legs)


async def seen_call(services: Services, actor: Actor, call_id: str) -> CallView:
    """Return a call.

    Raises:
        NotFound: there is none, or the actor is an agent and it is another's.
    """
    call = await services.calls.call(call_id)
    if actor.role is Role.AGENT and not await is_own(services, actor, call):
        raise NotFound("通话", call_id)
    return call


async def _page(services: Services, wanted: CallFilter) -> CallPage:
    calls = await services.calls.calls(wanted)
    items = [Call.model_validate(call) for call in calls]
    return CallPage(items=items, next=calls[-1].call_id if len(calls) == wanted.limit else None)


@router.get("", **operation("查询通话", "List calls"))
async def list_calls(services: ServicesOf, actor: Reader, only: Annotated[CallQuery, Query()]) -> CallPage:
    """Return a page of calls, newest first; agents see their own."""
    endpoint = await phone_of(services, actor) if actor.role is Role.AGENT else only.agent_number
    wanted = CallFilter(
        state=only.state,
        queue=only.queue,
        endpoint=endpoint,
        since=only.since,
        until=only.until,
        before=only.before,
        limit=only.limit,
    )
    return await _page(services, wanted)


@router.post("/search", **operation("按来电号码查通话", "Search calls by the caller's number"))
async def search_calls(services: ServicesOf, actor: Reader, wanted: CallSearch) -> CallPage:
    """Return the calls of a caller, found by the exact number; agents see their own."""
    endpoint = await phone_of(services, actor) if actor.role is Role.AGENT else None
    caller = Personal(wanted.caller.strip())
    return await _page(services, CallFilter(caller=caller, endpoint=endpoint, limit=wanted.limit))


@router.get("/{call_id}", **operation("查看通话", "Get a call with its legs", 404))
async def get_call(services: ServicesOf, actor: Reader, call_id: Identifier) -> Call:
    """Return a call with its legs and state."""
    return Call.model_validate(await seen_call(services, actor, call_id))


@router.get("/{call_id}/transcript", **operation("通话转写", "Transcript of a call", 404))
async def get_transcript(services: ServicesOf, actor: Reader, call_id: Identifier) -> list[Utterance]:
    """Return what was said, in order; long numbers are masked (`reveal` shows them)."""
    await seen_call(services, actor, call_id)
    return [Utterance.model_validate(said) for said in await services.transcripts.transcript(call_id)]


@router.get("/{call_id}/suggestions", **operation("预填建议", "Proposed ticket fields", 404))
async def get_suggestions(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.CALLS_SUGGESTIONS)],
    call_id: Identifier,
) -> list[RevealedSuggestion] | list[Suggestion]:
    """Return the proposals from the transcript; readable for the agent of the call, masked for others."""
    call = await seen_call(services, actor, call_id)
    found = await services.transcripts.suggestions(call_id)
    if await is_own(services, actor, call):
        return [RevealedSuggestion.model_validate(one) for one in found]
    return [Suggestion.model_validate(one) for one in found]


@router.post("/{call_id}/reveal", **operation("查看来电号码与原话", "Reveal caller and words", 404))
async def reveal_call(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.CALLS_REVEAL)],
    call_id: Identifier,
    wanted: RevealOfCall,
) -> RevealedCall:
    """Return the caller's number and the transcript as they are; who, when and why is logged first."""
    call = await seen_call(services, actor, call_id)
    await AccessLog(services.database, services.clock).note(actor, "call", call_id, wanted.reason)
    said = await services.transcripts.transcript(call_id)
    return RevealedCall(
        call_id=call_id,
        caller=call.caller.reveal() if call.caller else None,
        transcript=[RevealedUtterance.model_validate(one) for one in said],
    )


@router.post("/{call_id}/hang-up", **operation("挂断", "Hang up a call", 404))
async def hang_up(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_HANG_UP)], call_id: Identifier
) -> HungUp:
    """End all legs of a call; agents only of their own."""
    await seen_call(services, actor, call_id)
    answer = await services.bus.request(HANG_UP, {"call_id": call_id, "by": actor.account_id})
    return HungUp(legs=int(answer.get("legs", 0)))


@router.get("/{call_id}/decisions", **operation("派话依据", "Why agents were offered the call", 404))
async def get_decisions(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.DECISIONS_READ)], call_id: Identifier
) -> list[Decision]:
    """Return every offer of the call in order, with reason, trace and outcome."""
    await seen_call(services, actor, call_id)
    return [Decision.model_validate(one) for one in await services.decisions.decisions(call_id)]
