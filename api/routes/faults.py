"""Faults that the platform sees by itself, for supervisors."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.tickets_verify import Fault
from api.services import Services
from core.actors import Actor
from telephony.probes import probe_numbers
from telephony.repository import CallFilter
from tickets.faults.service import FaultKind

router = APIRouter(prefix="/faults", tags=["tickets"])

_PAGE = 200
_PAGES = 50
"""At most ten thousand calls are looked at for one answer."""
_DIRECT = "direct"
"""Queue name of calls to emergency numbers, which never waited here."""


@router.get("", **operation("查询履职问题", "List detected faults"))
async def list_faults(
    services: ServicesOf,
    actor: Annotated[Actor, permitted(Act.FAULTS_READ)],
    since: Annotated[AwareDatetime, Query(description="起,含 / from")],
    until: Annotated[AwareDatetime, Query(description="止,不含 / to")],
    kind: Annotated[list[FaultKind] | None, Query(max_length=6)] = None,
) -> list[Fault]:
    """Return calls answered without a ticket, drafts left, late dispatches, missing callbacks, missing feedback."""
    kinds = frozenset(kind or FaultKind)
    found = list(await services.tickets.faults(actor, since, until, kinds))
    if FaultKind.CALL_WITHOUT_TICKET in kinds:
        async for calls in _answered(services, since, until):
            found += await services.tickets.unregistered(calls)
    return [Fault.model_validate(one) for one in sorted(found, key=lambda one: one.since)]


async def _answered(services: Services, since: datetime, until: datetime) -> AsyncIterator[list[tuple[str, datetime]]]:
    """Yield pages of calls that a person answered and that are over; probe calls are nobody's fault."""
    probes, before = probe_numbers(services.settings), None
    for _ in range(_PAGES):
        page = await services.calls.calls(CallFilter(since=since, until=until, before=before, limit=_PAGE))
        yield [
            (call.call_id, call.ended_at)
            for call in page
            if call.joined_at is not None and call.ended_at is not None and call.queue != _DIRECT
            and not (call.caller is not None and call.caller.reveal() in probes)
        ]  # fmt: skip
        if len(page) < _PAGE:
            return
        before = page[-1].call_id
