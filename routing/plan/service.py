"""Versions of the plan of queues: proposed, put in force, on record. The last activation holds, without a restart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core import wire
from core.actors import Actor
from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidInput, NotFound
from routing import repository
from routing.model import PlanActivation, PlanVersionRow
from routing.plan.check_switch import SwitchParts
from routing.plan.differences import Difference, differences
from routing.plan.document import Plan
from routing.plan.reading import Document, Fault, PlanRefused, document_of, read_plan

SHIPPED = Path(__file__).with_name("default.toml")
_WORDS = 200


@cache
def shipped_plan() -> Plan:
    """Return the plan that holds until another is activated."""
    return read_plan(SHIPPED.read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class ActivePlan:
    """The plan in force. In `plan` agents carry their ids; those who are no longer active are left out."""

    version: int
    """0: the plan that is shipped."""
    plan: Plan
    activated_at: datetime | None
    activated_by: str
    """Account; empty for the shipped plan."""


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """A version as it was proposed."""

    version: int
    plan: Plan
    source: str | None
    """The TOML text it was read from."""
    note: str
    proposed_at: datetime
    proposed_by: str


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A version was put in force: who, when, what differs."""

    version: int
    replaced: int
    at: datetime
    by: str
    reason: str
    differs: tuple[Difference, ...]


class PlanService:
    """Use cases around the plan. Whoever activates tells `routing.events.PlanActivated` on the bus afterwards."""

    def __init__(self, database: Database, clock: Clock, switch: Callable[[], SwitchParts] | None = None) -> None:
        self._database = database
        self._clock = clock
        self._switch = switch
        """Tells which announcements and trunks there are now; None: none is doubted."""

    async def current(self) -> ActivePlan:
        """Return the plan in force, agents' ids filled in."""
        async with self._database.reading() as session:
            return await _active(session)

    async def version(self, version: int) -> PlanVersion:
        """Return one version.

        Raises:
            NotFound: there is none with this number.
        """
        async with self._database.reading() as session:
            return _version(await _row(session, version))

    async def versions(self) -> list[PlanVersion]:
        """Return every version proposed, the newest first."""
        async with self._database.reading() as session:
            return [_version(row) for row in await repository.plan_versions(session)]

    async def history(self) -> list[PlanChange]:
        """Return every activation, the newest first."""
        async with self._database.reading() as session:
            return [_change(row) for row in await repository.plan_activations(session)]

    async def check(self, document: Document) -> list[Fault]:
        """Return the faults of a document; empty: it can be activated. Nothing is kept."""
        async with self._database.reading() as session:
            agents = await repository.active_agent_ids(session)
        try:
            read_plan(document, agents, self._parts())
        except PlanRefused as refused:
            return refused.faults
        return []

    async def compare(self, version: int) -> list[Difference]:
        """Return what activating a version would change.

        Raises:
            NotFound: there is none with this number.
        """
        async with self._database.reading() as session:
            return differences(await _plan(session, await _in_force(session)), await _plan(session, version))

    async def propose(self, document: Document, *, actor: Actor, note: str = "") -> PlanVersion:
        """Keep a plan as a new version; it is not in force yet.

        Args:
            document: TOML text or JSON's objects.
            actor: who proposes it.
            note: why, up to 200 characters.

        Raises:
            PlanRefused: the plan has faults; nothing was kept.
            InvalidInput: the note is too long.
        """
        async with self._database.transaction() as session:
            return _version(await self._keep(session, document, actor, note))

    async def activate(self, version: int, *, actor: Actor, reason: str = "") -> ActivePlan:
        """Put a version in force, now. An older one, or 0 (the shipped one), may come back this way.

        Raises:
            NotFound: there is none with this number.
            PlanRefused: it no longer fits (an agent has left meanwhile).
        """
        async with self._database.transaction() as session:
            return await self._put_in_force(session, version, actor, reason)

    async def switch_surge(self, name: str, *, actor: Actor, reason: str = "") -> ActivePlan:
        """Put a surge of the plan in force, or with an empty name end it: a version of its own.

        Raises:
            PlanRefused: the plan knows no such surge.
        """
        async with self._database.transaction() as session:
            plan = await _plan(session, await _in_force(session))
            document = {**document_of(plan), "surge": name}
            row = await self._keep(session, document, actor, f"surge {name}".strip())
            return await self._put_in_force(session, row.version, actor, reason)

    def _parts(self) -> SwitchParts | None:
        return None if self._switch is None else self._switch()

    async def _keep(self, session: AsyncSession, document: Document, actor: Actor, note: str) -> PlanVersionRow:
        plan = read_plan(document, await repository.active_agent_ids(session), self._parts())
        row = PlanVersionRow(
            version=await repository.latest_plan_version(session) + 1,
            document=document_of(plan),
            source=document if isinstance(document, str) else None,
            note=_checked("note", note),
            proposed_at=self._clock.now(),
            proposed_by=actor.account_id,
        )
        session.add(row)
        try:
            await session.flush()
        except IntegrityError as error:
            raise Conflict("另一人刚提交了新方案,请重试", code="plan_version_taken") from error
        return row

    async def _put_in_force(self, session: AsyncSession, version: int, actor: Actor, reason: str) -> ActivePlan:
        replaced = await _in_force(session)
        plan = await _plan(session, version)
        read_plan(document_of(plan), await repository.active_agent_ids(session), self._parts())
        found = differences(await _plan(session, replaced), plan)
        session.add(
            PlanActivation(
                version=version,
                replaced=replaced,
                at=self._clock.now(),
                by=actor.account_id,
                reason=_checked("reason", reason),
                differs=[_plain(one) for one in found],
            )
        )
        await session.flush()
        return await _active(session)


async def _active(session: AsyncSession) -> ActivePlan:
    last = await repository.last_plan_activation(session)
    version = 0 if last is None else last.version
    plan = await _plan(session, version)
    return ActivePlan(
        version=version,
        plan=plan.with_agents(await repository.active_agent_ids(session)),
        activated_at=None if last is None else last.at,
        activated_by="" if last is None else last.by,
    )


async def _in_force(session: AsyncSession) -> int:
    last = await repository.last_plan_activation(session)
    return 0 if last is None else last.version


async def _plan(session: AsyncSession, version: int) -> Plan:
    return shipped_plan() if version == 0 else Plan.model_validate((await _row(session, version)).document)


async def _row(session: AsyncSession, version: int) -> PlanVersionRow:
    row = await repository.plan_version(session, version)
    if row is None:
        raise NotFound("排队方案版本", str(version))
    return row


def _checked(field: str, words: str) -> str:
    if len(words) > _WORDS:
        raise InvalidInput(field, f"不得超过 {_WORDS} 字")
    return words


def _plain(difference: Difference) -> dict[str, object]:
    return wire.loads(wire.dumps(wire.payload_of(difference)))


def _version(row: PlanVersionRow) -> PlanVersion:
    return PlanVersion(
        version=row.version,
        plan=Plan.model_validate(row.document),
        source=row.source,
        note=row.note,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
    )


def _change(row: PlanActivation) -> PlanChange:
    found: Sequence[Mapping[str, Any]] = row.differs
    return PlanChange(
        version=row.version,
        replaced=row.replaced,
        at=row.at,
        by=row.by,
        reason=row.reason,
        differs=tuple(Difference(one["path"], one["before"], one["after"]) for one in found),
    )
