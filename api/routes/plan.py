"""The plan of queues: what is in force, its versions and changes; checked, proposed and put in force at run time."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.identity import ServicesOf
from api.operations import operation, permitted
from api.permissions import Act
from api.schemas.queues import (
    ActivePlan,
    PlanChange,
    PlanDifference,
    PlanDocument,
    PlanFault,
    PlanVersion,
    PlanVersionFull,
    Surge,
    Why,
)
from api.services import Services
from core.actors import Actor
from core.wire import payload_of
from routing.events import PLAN_TOPIC, PlanActivated
from routing.plan import service as plans
from routing.plan.reading import Document, document_of

router = APIRouter(prefix="/plan", tags=["plan"])

Version = Annotated[int, Path(ge=0, le=2**31 - 1, description="版本,0 为出厂方案 / 0: the one that is shipped")]
Reader = Annotated[Actor, permitted(Act.PLAN_READ)]
Changer = Annotated[Actor, permitted(Act.PLAN_CHANGE)]


@router.get("", **operation("生效的排队方案", "The plan in force"))
async def get_plan(services: ServicesOf, actor: Reader) -> ActivePlan:
    """Return the plan by which the engine decides."""
    del actor
    return _active(await services.plan.current())


@router.get("/versions", **operation("排队方案版本", "Versions of the plan"))
async def list_plan_versions(services: ServicesOf, actor: Reader) -> list[PlanVersion]:
    """Return every version proposed, newest first."""
    del actor
    return [_version(one) for one in await services.plan.versions()]


@router.get("/versions/{version}", **operation("查看方案版本", "One version of the plan", 404))
async def get_plan_version(services: ServicesOf, actor: Reader, version: Version) -> PlanVersionFull:
    """Return a version with its text."""
    del actor
    found = await services.plan.version(version)
    return PlanVersionFull(**_version(found).model_dump(), document=document_of(found.plan), source=found.source)


@router.get("/versions/{version}/differences", **operation("与生效方案比较", "What a version would change", 404))
async def compare_plan_version(services: ServicesOf, actor: Reader, version: Version) -> list[PlanDifference]:
    """Return what differs between the plan in force and a version."""
    del actor
    return [PlanDifference.model_validate(one) for one in await services.plan.compare(version)]


@router.get("/history", **operation("方案变更记录", "Changes of the plan"))
async def plan_history(services: ServicesOf, actor: Reader) -> list[PlanChange]:
    """Return every change, newest first: who, when, why, what."""
    del actor
    return [
        PlanChange(
            version=one.version,
            replaced=one.replaced,
            at=one.at,
            by=one.by,
            reason=one.reason,
            differs=[PlanDifference.model_validate(differs) for differs in one.differs],
        )
        for one in await services.plan.history()
    ]


@router.post("/check", **operation("检查方案", "Check a plan"))
async def check_plan(services: ServicesOf, actor: Reader, given: PlanDocument) -> list[PlanFault]:
    """Return every fault with its line and reason; empty: the plan can be put in force. Nothing is kept."""
    del actor
    return [PlanFault.model_validate(one) for one in await services.plan.check(_document(given))]


@router.post("/versions", status_code=201, **operation("提交方案版本", "Propose a version of the plan", 409))
async def propose_plan(services: ServicesOf, actor: Changer, given: PlanDocument) -> PlanVersion:
    """Keep a plan as a new version; it is not in force yet."""
    return _version(await services.plan.propose(_document(given), actor=actor, note=given.note))


@router.post("/versions/{version}/activate", **operation("启用方案", "Put a version in force", 404))
async def activate_plan(services: ServicesOf, actor: Changer, version: Version, why: Why) -> ActivePlan:
    """Put a version in force without a restart; an older one, or 0, may come back."""
    return await _announce(services, actor, await services.plan.activate(version, actor=actor, reason=why.reason))


@router.post("/surge", **operation("启动或结束应急方案", "Put a surge in force, or end it"))
async def switch_surge(
    services: ServicesOf, actor: Annotated[Actor, permitted(Act.PLAN_SURGE)], wanted: Surge
) -> ActivePlan:
    """Put a surge of the plan in force (emergency announcement, overflow on); an empty name ends it."""
    changed = await services.plan.switch_surge(wanted.name, actor=actor, reason=wanted.reason)
    return await _announce(services, actor, changed)


async def _announce(services: Services, actor: Actor, active: plans.ActivePlan) -> ActivePlan:
    told = PlanActivated(active.version, actor.account_id, active.activated_at or services.clock.now())
    await services.bus.publish(PLAN_TOPIC, payload_of(told))
    return _active(active)


def _document(given: PlanDocument) -> Document:
    return given.toml if given.toml is not None else given.document or {}


def _active(active: plans.ActivePlan) -> ActivePlan:
    return ActivePlan(
        version=active.version,
        activated_at=active.activated_at,
        activated_by=active.activated_by,
        document=document_of(active.plan),
    )


def _version(found: plans.PlanVersion) -> PlanVersion:
    return PlanVersion(
        version=found.version, note=found.note, proposed_at=found.proposed_at, proposed_by=found.proposed_by
    )
