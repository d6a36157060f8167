"""The readable part of a case file: facts in, document out. Pure."""

from collections.abc import Sequence
from datetime import datetime

from core.clock import LOCAL
from core.personal import Personal
from tickets.attachments.kinds import Purpose
from tickets.casefile.gather import CaseFacts, Fact, Request
from tickets.documents.pages import Document, Section
from tickets.model import NO_LIMIT, TicketEventRow
from tickets.states import TicketEvent, TicketState

_REPLIES = (
    TicketEvent.ANSWERED, TicketEvent.ANSWERED_DIRECTLY, TicketEvent.PRELIMINARY, TicketEvent.SHARE_ANSWERED,
    TicketEvent.CONTACTED, TicketEvent.COORDINATED,
)  # fmt: skip
_EVIDENCE = (
    TicketEvent.OVERDUE, TicketEvent.SENT_BACK, TicketEvent.FACT_NOTED, TicketEvent.SUPERVISED,
    TicketEvent.PHONE_SUPERVISED, TicketEvent.NOTICE_ISSUED, TicketEvent.URGED,
)  # fmt: skip
"""What accountability rests on: steps that were missed or skipped, replies found untrue (JS-28.5, CZ-四(二))."""


def mark_of(request: Request) -> str:
    """Return the line that stands at the foot of every page."""
    return (
        f"内部资料,请勿外传。申请人 {request.asked_name} {told(request.asked_at)};批准人 {request.decided_name};"
        f"移送 {request.recipient};编号 {request.case_id}"
    )


def summary(facts: CaseFacts, request: Request) -> Document:
    """Return the summary of a case."""
    ticket = facts.ticket
    category = facts.profile.categories.get(ticket.category or "")
    state = TicketState(ticket.state).label
    chain = facts.ledger_fault or f"完整,共{ticket.ledger_length}条,末尾散列 {ticket.ledger_head}"
    return Document(
        heading=facts.profile.hotline,
        title="工单案卷",
        subtitle=f"{ticket.number}({state})",
        mark=mark_of(request),
        sections=(
            Section("一、封存说明", (
                f"事由:{request.reason}。申请 {told(request.asked_at)},批准 {told(request.decided_at)}。",
                f"台账校验结果:{chain}。",
                "清单 manifest.json 列出每个文件的 SHA-256,由本机构密钥签名;用 hotline case verify 校验。",
            )),
            Section("二、诉求", titles=("项目", "内容"), rows=[
                ("标题", ticket.title or ""), ("类别", category.title if category else ""),
                ("诉求人", _plain(ticket.caller_name)), ("电话", _plain(ticket.caller_phone)),
                ("地点", _plain(ticket.place)), ("诉求内容", _plain(ticket.summary)),
                ("来源", f"{ticket.channel} {ticket.source or ''} {ticket.external_id or ''}".strip()),
                ("受理", told(ticket.accepted_at)), ("派发", told(ticket.dispatched_at)),
                ("办结", told(ticket.closed_at)), ("办结情形", ticket.closing_ground or ""),
                ("评价", ticket.rating or ""), ("列入督办台账", told(ticket.supervised_at)),
            ]),
            Section("三、交办与答复", (f"最终答复:{_plain(ticket.answer) or '无'}",), _WORK, [
                (facts.unit(one.unit_id), one.kind, told(one.dispatched_at), told(one.signed_at),
                 told(one.answered_at), _plain(one.answer))
                for one in facts.assignments
            ]),
            Section("四、答复与协调记录", titles=_EVENT, rows=_events(facts, _REPLIES)),
            Section("五、时限", titles=("义务", "起算", "期限", "完成", "超期", "依据", "计算"), rows=[
                (one.kind, told(one.started_at), told(one.due_at), told(one.done_at),
                 "是" if one.done_at and one.done_at > one.due_at else "", one.clause, ";".join(one.counting))
                for one in facts.duties
            ]),
            Section("六、督办与问责依据", titles=_EVENT, rows=_events(facts, _EVIDENCE)),
            Section("七、督办文书", titles=("文号", "签发", "限期", "要求"), rows=[
                (one.number, one.issued_by, told(one.due_at), one.demand.reveal()) for one in facts.notices
            ]),
            Section("八、材料", titles=("名称", "类别", "类型", "大小(字节)", "SHA-256"), rows=[
                (_plain(one.name) or "(已到期删除)", Purpose(one.purpose).label, one.media_type,
                 str(one.size), one.sha256)
                for one in facts.attachments
            ]),
            _table("九、回访与评价", facts.callbacks),
            _table("十、录音(只列散列,不含声音)", facts.recordings),
            Section("十一、台账", titles=_EVENT, rows=_events(facts, tuple(TicketEvent))),
        ),
    )  # fmt: skip


_WORK = ("单位", "性质", "派发", "签收", "答复", "答复内容")
_EVENT = ("序号", "时间", "事项", "人员", "备注")


def told(at: datetime | None) -> str:
    """Return an instant as people read it; nothing for none."""
    return "" if at is None or at == NO_LIMIT else f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _events(facts: CaseFacts, wanted: tuple[TicketEvent, ...]) -> list[tuple[str, ...]]:
    return [_line(facts, row) for row in facts.events if row.event in wanted]


def _line(facts: CaseFacts, row: TicketEventRow) -> tuple[str, ...]:
    who = " ".join(filter(None, (facts.unit(row.unit_id), row.actor_name)))
    return str(row.seq), told(row.at), TicketEvent(row.event).label, who, _plain(row.note)


def _table(heading: str, facts: Sequence[Fact]) -> Section:
    if not facts:
        return Section(heading, ("无",))
    return Section(heading, titles=tuple(facts[0]), rows=[[text or "" for text in one.values()] for one in facts])


def _plain(text: Personal | None) -> str:
    return text.reveal() if text else ""
