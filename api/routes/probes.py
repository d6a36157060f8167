"""Probe calls (拨测): how every hotline answers."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.probes import ProbeNumber, ProbeReport, ProbeShown
from core.actors import Actor

router = APIRouter(prefix="/probes", tags=["hotlines"])

Reader = Annotated[Actor, permitted(Act.HOTLINES_READ)]
Days = Annotated[int, Query(ge=1, le=400, description="最近几天 / of the last days")]


@router.get("", **operation("拨测报告", "Probe calls by number"))
async def report(services: ServicesOf, actor: Reader, days: Days = 30) -> ProbeReport:
    """Return how each number answered its probe calls; they are in no other figure."""
    del actor
    lines = await services.probe_calls.report(days)
    return ProbeReport(days=days, items=[ProbeNumber.model_validate(line) for line in lines])


@router.get("/{number}", **operation("一个号码的拨测结果", "Probe calls of one number"))
async def of_number(services: ServicesOf, actor: Reader, number: str, days: Days = 30) -> list[ProbeShown]:
    """Return the probe calls of a number, newest first."""
    del actor
    return [ProbeShown.model_validate(view) for view in await services.probe_calls.results(days, number)]
