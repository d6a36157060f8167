"""Use cases up to dispatch: open, edit, accept, approve, refuse, answer at once."""

from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from core.actors import SYSTEM, Actor, Role
from core.errors import Forbidden, InvalidInput
from core.ids import new_id
from core.personal import Personal
from tickets import repository
from tickets.base import Change, TicketServiceBase, append, require_text
from tickets.channels import Channel, Opening
from tickets.duties import DutyKind, is_emergency, needs_approval
from tickets.events import TICKET_CLOSED
from tickets.fields import PERSONAL_FIELDS, TicketFields, checked_fields
from tickets.ledger import GENESIS
from tickets.lifecycle import TicketEvent, TicketState
from tickets.lists.upkeep import keep_words
from tickets.model import Ticket
from tickets.planning import drop_duties, plan_intake
from tickets.profile import Profile
from tickets.rules.identity import RealName, is_identity_number, missing
from tickets.rules.intake import screen

_CARD_LENGTH = 18


class Intake(TicketServiceBase):
    """Use cases of the people who answer the telephone."""

    async def open_draft(
        self, call_id: str | None, caller: Personal | None, dialled: str | None, actor: Actor = SYSTEM
    ) -> str:
        """Open a draft for a call and return its id; the same call again gives the same ticket (YC-13.1).

        Args:
            call_id: the call; None: a ticket that no call belongs to.
            caller: the caller's number as the switch saw it.
            dialled: the number that was dialled.
            actor: who opened it.
        """
        return await self.open(Opening(Channel.CALL, call_id, caller, dialled), actor)

    async def open(
        self,
        opening: Opening,
        actor: Actor = SYSTEM,
        fields: TicketFields | Mapping[str, object] | None = None,
    ) -> str:
        """Open a ticket from any channel and return its id; the same origin again gives the same ticket.

        Args:
            opening: where it comes from.
            actor: who opened it.
            fields: contents that are known already.

        Raises:
            InvalidInput: a field is refused; nothing was opened.
        """
        given = checked_fields(fields) if fields is not None else None
        known = await self._opened_from(opening.origin)
        if known is not None:
            return known
        number = await self._number()
        try:
            async with self._database.transaction() as session:
                return await self._insert(session, number, opening, actor, given)
        except IntegrityError:
            # another opened it between our look and our insert
            known = await self._opened_from(opening.origin)
            if known is None:
                raise
            return known

    async def _number(self) -> str:
        """Take a number for a ticket that is about to be opened: before its transaction (`tickets.numbers`)."""
        await self._keep_profile()
        return await self._numbers.take(self.profile.number_prefix, self._clock.now())

    async def _opened_from(self, origin: str | None) -> str | None:
        if origin is None:
            return None
        async with self._database.reading() as session:
            return await repository.ticket_id_from(session, origin)

    async def _insert(
        self, session: AsyncSession, number: str, opening: Opening, actor: Actor, given: TicketFields | None
    ) -> str:
        now = self._clock.now()
        ticket = Ticket(
            id=new_id(),
            number=number,
            origin_key=opening.origin,
            call_id=opening.call_id,
            channel=opening.channel.value,
            external_id=None if opening.channel is Channel.CALL else opening.external_id,
            source=opening.source,
            opened_by=actor.account_id,
            dialled=opening.dialled,
            profile_version=self.profile.version,
            state=TicketState.DRAFT,
            ledger_length=0,
            ledger_head=GENESIS,
            caller_phone=opening.caller,
            caller_phone_hash=opening.caller,
            created_at=now,
        )
        session.add(ticket)
        data = {"number": ticket.number, "call_id": opening.call_id}
        if opening.channel is not Channel.CALL:
            data |= {"channel": opening.channel.value, "from": opening.platform, "external_id": opening.external_id}
        append(session, ticket, actor, now, TicketEvent.OPENED, data=data)
        if given is not None:
            await session.flush()
            change = Change(session, ticket, actor, now, self.profile, self._time_of(self.profile))
            await self._write_fields(change, given)
            await keep_words(session, ticket)
        return ticket.id

    async def edit_draft(
        self,
        ticket_id: str,
        actor: Actor,
        fields: TicketFields | Mapping[str, object],
        expected_version: int | None = None,
    ) -> int:
        """Change fields before dispatch; return the new version.

        Raises:
            InvalidInput: a field is unknown or its value is refused.
            Conflict: somebody else changed the ticket first, or it is dispatched.
        """
        given = checked_fields(fields)
        async with self._change(ticket_id, actor, expected_version) as change:
            await self._write_fields(change, given)
        return change.ticket.version

    async def _write_fields(self, change: Change, given: TicketFields) -> None:
        ticket, names = change.ticket, sorted(given.model_fields_set)
        await _check_names(change, given)
        for name in names:
            setattr(ticket, "proposed_unit_id" if name == "unit_id" else name, getattr(given, name))
        _check_identity(ticket, names)
        change.texts_changed = True
        # values of personal fields stay out of the ledger: it must outlive their erasure
        data = {name: None if name in PERSONAL_FIELDS else getattr(given, name) for name in names}
        change.record(TicketEvent.EDITED, data={"fields": data})

    async def accept(
        self, ticket_id: str, actor: Actor, expected_version: int | None = None, note: str | None = None
    ) -> int:
        """Accept the matter (受理); where approval is ordered the ticket waits for it. Return the new version.

        Raises:
            InvalidInput: category, title or summary is missing.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            _complete(change.ticket)
            submit = needs_approval(change.profile, change.matter)
            change.ticket.accepted_at = change.now
            change.record(TicketEvent.SUBMITTED if submit else TicketEvent.ACCEPTED, note)
            await plan_intake(change)
            await change.push("accepted")
        return change.ticket.version

    async def approve(
        self,
        ticket_id: str,
        actor: Actor,
        expected_version: int | None = None,
        *,
        unit_id: str | None = None,
        note: str | None = None,
    ) -> int:
        """Approve the dispatch (呈批, YC-13.2a), to another unit than proposed if `unit_id` is given."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.ticket.proposed_unit_id = unit_id or change.ticket.proposed_unit_id
            await _check_unit(change, change.ticket.proposed_unit_id)
            change.record(TicketEvent.APPROVED, note, {"unit_id": change.ticket.proposed_unit_id})
        return change.ticket.version

    async def disapprove(self, ticket_id: str, actor: Actor, note: str, expected_version: int | None = None) -> int:
        """Send a ticket that waits for approval back to its agent."""
        async with self._change(ticket_id, actor, expected_version) as change:
            change.record(TicketEvent.DISAPPROVED, require_text("note", note))
            await drop_duties(change, (DutyKind.DISPATCH, DutyKind.TRANSFER))
        return change.ticket.version

    async def reject(
        self,
        ticket_id: str,
        actor: Actor,
        code: str,
        clause: str | None = None,
        guidance: str | None = None,
        expected_version: int | None = None,
    ) -> int:
        """Refuse the matter (不予受理) on a ground the regulation lists, with guidance for the caller (YC-11, YC-12).

        Args:
            ticket_id: the ticket.
            actor: who refuses; some grounds need a supervisor.
            code: reason code of the profile.
            clause: if given, must be the clause of that ground.
            guidance: what the caller was told; None: the profile's words.
            expected_version: version the actor saw.

        Raises:
            InvalidInput: the ground is not listed, so the matter must be accepted.
        """
        async with self._change(ticket_id, actor, expected_version) as change:
            ground = screen(change.profile, code)
            if ground.outcome != "reject_with_guidance" or ground.guidance is None:
                raise InvalidInput("code", "本地规定未列此项,应予受理", code="refusal_not_listed")
            if clause is not None and clause != ground.clause:
                raise InvalidInput("clause", f"此项的依据为{ground.clause}")
            if ground.needs_supervisor and actor.role not in (Role.SHIFT_LEADER, Role.SUPERVISOR):
                raise Forbidden("此项不予受理须由班长或主管决定", code="refusal_needs_supervisor")
            ticket = change.ticket
            ticket.refusal_code, ticket.refusal_clause = code, ground.clause
            ticket.guidance = require_text("guidance", guidance, most=500) if guidance else ground.guidance
            change.record(TicketEvent.REJECTED, ticket.guidance, {"code": code, "clause": ground.clause})
            await drop_duties(change, tuple(DutyKind))
        return change.ticket.version

    async def answer_directly(
        self, ticket_id: str, actor: Actor, answer: str, expected_version: int | None = None
    ) -> int:
        """Answer from the knowledge base on the call; the ticket is closed at once (YC-14a)."""
        async with self._change(ticket_id, actor, expected_version) as change:
            ticket = change.ticket
            _complete(ticket)
            if is_emergency(change.profile, change.matter):
                raise InvalidInput("public_emergency", "突发事件工单应电话转办,不能即时答复办结")
            ticket.answer = Personal(require_text("answer", answer))
            change.texts_changed = True
            ticket.answered_directly, ticket.closing_ground = True, "done"
            ticket.accepted_at = ticket.accepted_at or change.now
            ticket.closed_at = change.now
            accepted_now = change.state is TicketState.DRAFT
            change.record(TicketEvent.ANSWERED_DIRECTLY, answer)
            if accepted_now:
                await change.push("accepted")
            await change.push("closed")
            await drop_duties(change, tuple(DutyKind))
            await change.tell(TICKET_CLOSED, f"{ticket.id}:{ticket.round}")
        return change.ticket.version


def _check_identity(ticket: Ticket, names: list[str]) -> None:
    """The level of the real-name record must be borne out by what is there (JS-11.1b)."""
    document = ticket.identity_document
    number = document.reveal() if document and "identity_document" in names else ""
    if len(number) == _CARD_LENGTH and not is_identity_number(number):
        raise InvalidInput("identity_document", "身份证号码不正确,请核对")
    level = RealName(ticket.real_name or RealName.NONE)
    lacking = missing(level, name=ticket.caller_name is not None, document=document is not None)
    if lacking:
        raise InvalidInput(lacking, f"实名等级为「{level.label}」时不能为空")


async def _check_names(change: Change, given: TicketFields) -> None:
    profile: Profile = change.profile
    if given.category is not None and given.category not in profile.categories:
        raise InvalidInput("category", "未知类别,可选:" + "、".join(profile.categories))
    topics = profile.emergency.topics if profile.emergency else {}
    if given.public_emergency is not None and given.public_emergency not in topics:
        raise InvalidInput("public_emergency", "未知突发事件类型,可选:" + "、".join(topics))
    if given.source is not None and given.source not in profile.sources:
        raise InvalidInput("source", "未知来源,可选:" + "、".join(profile.sources))
    for field in ("unit_id", "complained_unit_id"):
        if getattr(given, field) is not None:
            await _check_unit(change, getattr(given, field), field)
    if given.unit_id is not None and given.unit_id == (given.complained_unit_id or change.ticket.complained_unit_id):
        raise InvalidInput("unit_id", "不得由被投诉单位办理", code="unit_is_complained_about")


async def _check_unit(change: Change, unit_id: str | None, field: str = "unit_id") -> None:
    unit = await repository.unit(change.session, unit_id) if unit_id else None
    if unit is None or not unit.active:
        raise InvalidInput(field, "请选择有效的承办单位")


def _complete(ticket: Ticket) -> None:
    for name, words in (("category", "诉求类别"), ("title", "标题"), ("summary", "诉求内容")):
        if not getattr(ticket, name):
            raise InvalidInput(name, f"{words}不能为空")
