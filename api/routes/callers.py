"""Callers: who is refused and until when, who is to be called back, who calls again."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.known_callers import known_caller
from api.operations import operation, permitted
from api.permissions import Act
from api.routes.calls import seen_call
from api.schemas.callers import Because, Block, BlockPage, Callback, CallbackPage, KnownCaller, NewBlock
from api.schemas.fields import Identifier
from api.services import Services
from core.actors import Actor
from core.errors import NotFound
from routing.callers.block_list import BlockList
from routing.callers.callbacks import Callbacks, callbacks_of

router = APIRouter(prefix="/callers", tags=["callers"])

Manager = Annotated[Actor, permitted(Act.CALLERS_MANAGE)]
Reader = Annotated[Actor, permitted(Act.CALLERS_READ)]


def _blocks(services: Services) -> BlockList:
    return BlockList(services.database, services.clock)


def _callbacks(services: Services) -> Callbacks:
    return callbacks_of(services.database, services.clock, services.settings)


@router.get("/blocks", **operation("查询黑名单", "List blocked numbers"))
async def list_blocks(
    services: ServicesOf, actor: Reader, *, past: Annotated[bool, Query(description="包括已失效的")] = False
) -> BlockPage:
    """Return the entries that hold, or all; numbers are masked."""
    del actor
    return BlockPage(items=[Block.model_validate(one) for one in await _blocks(services).list(with_past=past)])


@router.post("/blocks", status_code=201, **operation("列入黑名单", "Block a number"))
async def block_number(services: ServicesOf, actor: Manager, wanted: NewBlock) -> Block:
    """Refuse a number until an instant; the switch follows within seconds. Emergency numbers are never blocked."""
    entry = await _blocks(services).block(wanted.number, reason=wanted.reason, until=wanted.until, actor=actor)
    return Block.model_validate(entry)


@router.post("/blocks/{block_id}/lift", **operation("解除黑名单", "Lift a block", 404))
async def lift_block(services: ServicesOf, actor: Manager, block_id: Identifier, because: Because) -> Block:
    """Let the number in again; twice is as once."""
    return Block.model_validate(await _blocks(services).lift(block_id, reason=because.reason, actor=actor))


@router.get("/callbacks", **operation("查询回拨任务", "List callbacks"))
async def list_caller_callbacks(
    services: ServicesOf,
    actor: Reader,
    *,
    only_open: Annotated[bool, Query(description="仅未办结")] = True,
    before: Annotated[str | None, Query(max_length=36)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> CallbackPage:
    """Return callbacks with their calls: the open ones by their place, or all, newest first."""
    del actor
    found = await _callbacks(services).list(only_open=only_open, before=before, limit=limit)
    more = found[-1].callback_id if not only_open and len(found) == limit else None
    return CallbackPage(items=[Callback.model_validate(one) for one in found], next_before=more)


@router.post("/callbacks/{callback_id}/cancel", **operation("取消回拨任务", "Cancel a callback", 404, 409))
async def cancel_callback(services: ServicesOf, actor: Manager, callback_id: Identifier, because: Because) -> Callback:
    """Take an open callback out; the engine follows within seconds."""
    return Callback.model_validate(await _callbacks(services).cancel(callback_id, reason=because.reason, actor=actor))


@router.get("/of-call/{call_id}", **operation("识别来电人", "Recognise the caller of a call", 404))
async def caller_of_call(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.CALLS_READ)], call_id: Identifier
) -> KnownCaller:
    """Return how often this caller called before, who served him last, and which of his tickets are open."""
    call = await seen_call(services, actor, call_id)
    if call.caller is None:
        raise NotFound("来电号码", call_id)
    return KnownCaller.model_validate(await known_caller(services, call.caller, but=call_id))
