"""Use cases of several hands on one ticket: contact, urging, assisting units, the tier below, coordination."""

from collections.abc import Sequence

from core.actors import Actor, Role
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.assigning import current, let_see
from tickets.base import Change, TicketServiceBase, require_text
from tickets.duties import DutyKind
from tickets.lifecycle import TicketEvent
from tickets.model import TicketAssignment, Unit
from tickets.planning import finish_duty
from tickets.reminding import remind
from tickets.shares import ShareEvent, ShareState, share_step

_LOWEST = 3


class Teamwork(TicketServiceBase):
    """What units do together, and what the centre does to move them."""

    async def record_contact(
        self, ticket_id: str, actor: Actor, *, how: str, told: str, expected_version: int | None = None
    ) -> int:
        """Record that the unit has talked with the caller and told procedure and limit (JS-11.3b, FJ-20.4b)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.CONTACTED, require_text("told", told), {"how": require_text("how", how, most=40)})
            work = await current(change)
            work.contacted_at = work.contacted_at or change.now
            await finish_duty(change, DutyKind.CONTACT)
        return change.ticket.version

    async def preliminary(self, ticket_id: str, actor: Actor, text: str, expected_version: int | None = None) -> int:
        """Report the preliminary opinion (初步处置意见, CZ-三(三)e)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.PRELIMINARY, require_text("text", text))
            await finish_duty(change, DutyKind.PRELIM)
        return change.ticket.version

    async def make_safe(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Record 简易处理: the first unit has made a hazard safe; only then may it send the ticket back (FJ-19c)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.MADE_SAFE, require_text("note", note))
        return change.ticket.version

    async def supplement(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Add what the caller tells later; the texts of the ticket stay as they were."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.SUPPLEMENTED, require_text("note", note))
        return change.ticket.version

    async def urge(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Urge the unit (催办, JS-24); counted (YC-36.1), and told to the unit by message."""
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            work.reminders += 1
            change.record(TicketEvent.URGED, require_text("note", note), {"count": work.reminders})
            await remind(change, work, "urged")
        return change.ticket.version

    async def coordinate(
        self,
        ticket_id: str,
        actor: Actor,
        *,
        participants: Sequence[str],
        result: str,
        expected_version: int | None = None,
    ) -> int:
        """Record a coordination meeting (协调会, 会商: YC-3, JS-26c, YZ-S3a); what it decides follows as acts."""
        if not participants:
            raise InvalidInput("participants", "请填写参会单位")
        async with self._change(ticket_id, actor, expected_version) as change:
            names = [require_text("participants", name, most=100) for name in participants]
            change.record(TicketEvent.COORDINATED, require_text("result", result), {"participants": names})
        return change.ticket.version

    async def assist(
        self, ticket_id: str, actor: Actor, unit_ids: Sequence[str], note: str | None = None,
        expected_version: int | None = None,
    ) -> int:  # fmt: skip
        """Name assisting units (协办) beside the lead (YC-13.2b, CZ-三(二)d, FJ-16a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            for unit_id in dict.fromkeys(unit_ids):
                unit = await _active(change, unit_id)
                if actor.bound and actor.unit_id not in (unit.id, unit.parent_id):
                    raise InvalidInput("unit_id", "只能指定本辖区的单位")
                change.record(TicketEvent.ASSISTED, note, {"unit_id": unit.id, "unit": unit.name})
                await _share(change, unit, "assist")
        return change.ticket.version

    async def forward(
        self, ticket_id: str, actor: Actor, unit_id: str, note: str | None = None, expected_version: int | None = None
    ) -> int:
        """Forward to a unit one tier down (YC-6a, YC-6b); the deadline stays, the forwarding unit stays responsible."""
        async with self._change(ticket_id, actor, expected_version) as change:
            work = await current(change)
            if actor.unit_id != work.unit_id:
                raise Forbidden("只有主办单位可以转派下级", code="share_not_lead")
            unit = await _active(change, unit_id)
            if unit.parent_id != work.unit_id or unit.level > _LOWEST:
                raise InvalidInput("unit_id", "只能转派本单位的下一级单位")
            change.record(TicketEvent.FORWARDED, note, {"unit_id": unit.id, "unit": unit.name})
            await _share(change, unit, "forward")
        return change.ticket.version

    async def sign_share(self, ticket_id: str, actor: Actor) -> int:
        """An assisting or lower unit signs for its share."""
        async with self._change(ticket_id, actor) as change:
            share = await _own_share(change)
            _move(share, ShareEvent.SIGNED)
            share.signed_at = change.now
            change.record(TicketEvent.SHARE_SIGNED, data={"seq": share.seq})
        return change.ticket.version

    async def answer_share(self, ticket_id: str, actor: Actor, text: str) -> int:
        """An assisting or lower unit reports its result to the lead unit (YC-9.4)."""
        async with self._change(ticket_id, actor) as change:
            share = await _own_share(change)
            _move(share, ShareEvent.ANSWERED)
            share.answered_at, share.answer = change.now, Personal(require_text("answer", text))
            change.record(TicketEvent.SHARE_ANSWERED, text, {"seq": share.seq})
        return change.ticket.version

    async def return_share(self, ticket_id: str, actor: Actor, reason: str) -> int:
        """An assisting or lower unit gives its share back to the lead, with the reason."""
        async with self._change(ticket_id, actor) as change:
            share = await _own_share(change)
            _move(share, ShareEvent.RETURNED)
            share.ended_at = change.now
            change.record(TicketEvent.SHARE_RETURNED, require_text("reason", reason), {"seq": share.seq})
        return change.ticket.version

    async def send_share_back(self, ticket_id: str, actor: Actor, seq: int, note: str) -> int:
        """The lead unit asks an assisting or lower unit to make its result good."""
        async with self._change(ticket_id, actor) as change:
            work = await current(change)
            if actor.unit_id != work.unit_id:
                raise Forbidden("只有主办单位可以退回反馈", code="share_not_lead")
            works = await repository.assignments(change.session, ticket_id)
            share = next((one for one in works if one.seq == seq and one.parent_id == work.id), None)
            if share is None:
                raise NotFound("办理任务", str(seq))
            _move(share, ShareEvent.SENT_BACK)
            share.answered_at = None
            change.record(TicketEvent.SHARE_SENT_BACK, require_text("note", note), {"seq": seq})
        return change.ticket.version


async def _active(change: Change, unit_id: str) -> Unit:
    unit = await repository.unit(change.session, unit_id)
    if unit is None or not unit.active:
        raise InvalidInput("unit_id", "请选择有效的承办单位")
    if unit.id == change.ticket.complained_unit_id:
        raise InvalidInput("unit_id", "不得由被投诉单位办理", code="unit_is_complained_about")
    return unit


async def _share(change: Change, unit: Unit, kind: str) -> None:
    """Begin a share of the running assignment; a unit has one at a time."""
    lead = await current(change)
    works = await repository.assignments(change.session, change.ticket.id)
    if any(one.unit_id == unit.id and one.state != ShareState.ENDED for one in works):
        raise Conflict("该单位已在办理此工单", code="share_exists")
    change.session.add(
        TicketAssignment(
            id=new_id(), ticket_id=change.ticket.id, seq=len(works) + 1, round=change.ticket.round, unit_id=unit.id,
            kind=kind, parent_id=lead.id, state=ShareState.WAITING.value, due_at=lead.due_at, reminders=0,
            dispatched_at=change.now, phone_enquiry_failed=False,
        )
    )  # fmt: skip
    await change.session.flush()
    await let_see(change, unit.id)


async def _own_share(change: Change) -> TicketAssignment:
    if change.actor.role is not Role.UNIT:
        raise Forbidden("只有协办或下级单位可以操作", code="share_not_unit")
    works = await repository.assignments(change.session, change.ticket.id)
    own = [one for one in works if one.unit_id == change.actor.unit_id and one.kind != "lead"]
    if not own:
        raise NotFound("办理任务", change.ticket.number)
    return own[-1]


def _move(share: TicketAssignment, event: ShareEvent) -> None:
    share.state = share_step(ShareState(share.state), event).value
