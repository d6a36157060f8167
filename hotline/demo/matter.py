"""From the confirmed ticket to the citizen's answer, through the API as each person would, and the SMS files."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.clock import LOCAL, SystemClock
from hotline.demo.people import Person
from hotline.demo.steps import NotObserved, Steps

_CATEGORIES = {
    "咨询": "consult",
    "求助": "help",
    "投诉": "complaint",
    "举报": "report",
    "建议": "suggestion",
    "意见": "opinion",
}
_TAKEN_OVER = {"title", "subject", "summary", "place", "caller_name", "contact_phone"}
_ANSWER = "经现场核查,已责令该店二十二时后停止露天经营并清理油烟,夜间安排巡查。已电话告知诉求人。"


@dataclass(frozen=True, slots=True)
class Staff:
    """Who works on the ticket."""

    agent: Person
    leader: Person
    unit: Person
    unit_id: str


async def confirm(staff: Staff, call_id: str, suggestions: list[dict[str, Any]], steps: Steps) -> dict[str, Any]:
    """The agent takes the proposals over, corrects the number by the display, and accepts."""
    page = await staff.agent.get("/tickets", call_id=call_id)
    steps.require(len(page["items"]) == 1, "通话已同步形成工单草稿 (YC-13.1)", "API", else_=f"{len(page['items'])} 张")
    ticket: dict[str, Any] = page["items"][0]
    fields = {one["field"]: one["value"] for one in suggestions if one["field"] in _TAKEN_OVER}
    proposed = next((one["value"] for one in suggestions if one["field"] == "category"), "投诉")
    fields |= {"category": _CATEGORIES.get(proposed, "complaint"), "unit_id": staff.unit_id}
    fields.setdefault("title", "夜间噪音扰民")
    fields.setdefault("summary", "市民来电反映夜间噪音扰民,请核实处理。")
    answer = await staff.agent.client.patch(
        f"/tickets/{ticket['id']}", json=fields, headers={"If-Match": f'"{ticket["version"]}"'}
    )
    if answer.is_error:
        raise NotObserved(f"保存工单:{answer.status_code} {answer.text[:300]}")
    steps.seen(f"坐席核对预填内容并保存({len(fields)} 项)", "API")
    accepted: dict[str, Any] = await staff.agent.post(f"/tickets/{ticket['id']}/accept")
    steps.seen(f"坐席确认受理,工单编号 {accepted['number']},状态「{accepted['state_label']}」", "API")
    return accepted


async def handle(staff: Staff, ticket_id: str, steps: Steps) -> dict[str, Any]:
    """Approve, dispatch, sign, answer, close; return the ticket as it stands then."""
    at = f"/tickets/{ticket_id}"
    ticket = await staff.leader.post(f"{at}/approve")
    steps.seen(f"班长批准派发 (YC-13.2),状态「{ticket['state_label']}」", "API")
    ticket = await staff.leader.post(f"{at}/dispatch", {"unit_id": staff.unit_id})
    steps.require(
        ticket["state"] == "dispatched" and bool(ticket["due_at"]),
        f"派发至 {ticket['unit_name']},办结期限 {local(ticket['due_at'])}({ticket['due_clause']})",
        "API",
        else_=str(ticket["state"]),
    )
    ticket = await staff.unit.post(f"{at}/sign")
    steps.seen(f"承办单位签收,状态「{ticket['state_label']}」", "API")
    ticket = await staff.unit.post(f"{at}/answer", {"answer": _ANSWER})
    steps.seen(f"承办单位答复,状态「{ticket['state_label']}」", "API")
    ticket = await staff.leader.post(f"{at}/close", {"ground": "done"})
    steps.require(ticket["state"] == "closed", "审核通过,办结 (YC-13.6)", "API", else_=str(ticket["state"]))
    return dict(ticket)


async def sms(directory: Path, kind: str, number: str, steps: Steps) -> dict[str, Any]:
    """Wait for a text message of this kind about the ticket in the gateway's outbox."""
    for _ in range(200):
        for path in sorted((directory / "outbox").glob("*.json")):
            message: dict[str, Any] = json.loads(path.read_text("utf-8"))
            if message["kind"] == kind and number in message["text"]:
                steps.seen(f"短信已发出:{message['text']}", f"文件网关 {path.name}")
                return message
        await asyncio.sleep(0.1)
    raise NotObserved(f"20 秒内没有 {kind} 短信:{directory / 'outbox'}")


async def reply(directory: Path, mobile: str, text: str, staff: Staff, ticket_id: str, steps: Steps) -> dict[str, Any]:
    """Let the citizen answer by text message, and wait until the ticket shows the rating."""
    inbox = directory / "inbox"
    draft = inbox / ".reply"
    draft.write_text(json.dumps({"from": mobile, "text": text, "at": SystemClock().now().isoformat()}), "utf-8")
    draft.rename(inbox / "reply-1.json")
    steps.note(f"市民回复短信「{text}」")
    for _ in range(200):
        ticket: dict[str, Any] = await staff.leader.get(f"/tickets/{ticket_id}")
        if ticket["rating"]:
            steps.require(
                ticket["rating"] == "satisfied", "工单显示评价:满意 (satisfied)", "API", else_=str(ticket["rating"])
            )
            return ticket
        await asyncio.sleep(0.1)
    raise NotObserved("20 秒内工单没有显示评价")


def local(instant: str) -> str:
    """Return an instant of the API in local time."""
    return f"{datetime.fromisoformat(instant).astimezone(LOCAL):%Y-%m-%d %H:%M}"
