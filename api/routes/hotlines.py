"""The directory of hotlines: what each number is, whom an agent may transfer to now."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.transfers import HotlineEntry, HotlinePage, Traffic, TrafficOfNumber, TrunkHealth
from core.actors import Actor
from core.personal import Personal
from telephony.hotlines.directory import Hotline
from telephony.hotlines.traffic import by_hotline
from telephony.probes import probe_numbers

router = APIRouter(prefix="/hotlines", tags=["hotlines"])

TRUNKS = "hotline/rpc/transfers/trunks"

Reader = Annotated[Actor, permitted(Act.HOTLINES_READ)]


def _entry(one: Hotline, *, open_now: bool, transferable: bool) -> HotlineEntry:
    return HotlineEntry(
        number=one.number,
        name=one.name,
        mode=one.mode.code,
        mode_title=one.mode.title,
        subject=one.subject,
        trunk=one.trunk,
        hours=one.hours.text,
        skills=list(one.skills),
        status=one.status.value,
        emergency=one.mode.emergency,
        open_now=open_now,
        transferable=transferable,
        clause=one.clause,
        flag=one.flag,
    )


@router.get("", **operation("热线目录", "Directory of hotlines"))
async def list_hotlines(
    services: ServicesOf,
    actor: Reader,
    transferable: Annotated[bool, Query(description="只列可转接的 / only those an agent may transfer to")] = False,
) -> HotlinePage:
    """Return the directory; cancelled numbers are never among those that may be transferred to."""
    del actor
    directory, now = services.hotlines(), services.clock.now()
    offered = {one.number: is_open for one, is_open in directory.transfer_list(now)}
    items = [
        _entry(one, open_now=offered.get(one.number, False), transferable=one.number in offered)
        for one in directory.all()
        if not transferable or one.number in offered
    ]
    return HotlinePage(items=items)


@router.get("/traffic", **operation("各热线话务量", "Calls by the number really dialled"))
async def traffic(
    services: ServicesOf,
    actor: Reader,
    days: Annotated[int, Query(ge=1, le=400, description="最近几天 / of the last days")] = 30,
) -> Traffic:
    """Return calls and transfers of each number: a merged hotline is counted under its own."""
    del actor
    now = services.clock.now()
    probes = [Personal(number) for number in sorted(probe_numbers(services.settings))]
    counted = await services.calls.traffic(now - timedelta(days=days), now, probes)
    return Traffic(
        days=days,
        items=[
            TrafficOfNumber(name=one.hotline.name if one.hotline else "", **asdict(one.traffic))
            for one in by_hotline(services.hotlines(), counted)
        ],
    )


@router.get("/trunks", **operation("热线中继状态", "Health of the partners' trunks"))
async def trunks(services: ServicesOf, actor: Reader) -> TrunkHealth:
    """Return which partners answer the switch (SIP OPTIONS)."""
    del actor
    return TrunkHealth.model_validate(await services.bus.request(TRUNKS, {}))
