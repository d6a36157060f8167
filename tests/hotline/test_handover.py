"""A caller handed over to partners in the whole system: notes by webhook, emergency lines, numbers really dialled."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from telephony.phones.scripted import ScriptedPhone
from telephony.phones.sip_call import CallState
from telephony.phones.sound import tone
from tests.hotline.desk import Desk
from tests.hotline.system import CALLER_TONE, System, until
from tests.transfers.receiver import SECRET, Receiver

pytestmark = pytest.mark.calls

PARTNER_TONE = 1000
LIST = """number,name,mode,trunk,contact,hours
12366,税务,sub_centre,tax,,
119,火警,emergency_link,tax,,
"""


@dataclass
class Partner:
    """A merged hotline behind a trunk of its own, with a webhook."""

    phone: ScriptedPhone
    receiver: Receiver


@pytest.fixture
async def partner(system: System, desk: Desk) -> AsyncIterator[Partner]:
    del desk  # its switch is there and empty
    phone = ScriptedPhone("12366", system.sip)
    await phone.start()
    receiver = Receiver()
    await receiver.start()
    port = phone.contact.rpartition(":")[2].strip(">")
    partners, lines = system.settings.home / "partners.toml", system.settings.home / "hotlines.csv"
    partners.write_text(
        f'[tax]\nhost = "127.0.0.1"\nport = {port}\noptions_seconds = 1\naddresses = ["127.0.0.1:{port}"]\n'
        f'webhook = "{receiver.url}"\nwebhook_secret = "{SECRET}"\n',
        "utf-8",
    )
    lines.write_text(LIST, "utf-8")
    await asyncio.to_thread(system.stage.hotline, "asterisk", "start")
    yield Partner(phone, receiver)
    await phone.close()
    await receiver.close()
    partners.unlink()
    lines.unlink()
    await asyncio.to_thread(system.stage.hotline, "asterisk", "start")


async def test_consulted_and_handed_over_with_a_signed_note_while_everybody_is_recorded(
    desk: Desk, partner: Partner
) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    call = await desk.wait_call(talk.caller, "talking")
    agent = desk.agents["8001"]
    route = f"/calls/{call['call_id']}/transfer"
    asked = asyncio.ensure_future(
        agent.post(f"{route}/consult", {"number": "12366", "reason": "发票问题", "said": "增值税发票如何开具"})
    )
    answering = await partner.phone.next_call()
    await answering.answer()
    answering.media.play(tone(PARTNER_TONE, 60))
    await asked
    await talk.agent.media.wait_tone(PARTNER_TONE, within=10, window=0.2)
    assert (await agent.post(f"{route}/complete"))["state"] in {"handed_over", "over"}
    await talk.caller.call.media.wait_tone(PARTNER_TONE, within=10, window=0.2)
    await answering.media.wait_tone(CALLER_TONE, within=10, window=0.2)
    # an answer as quick as this one may leave nothing to be told of the ringing
    note = await partner.receiver.note(call["call_id"], "answered")
    assert (note["type"], note["number"], note["reason"]) == ("handover", "12366", "发票问题")
    assert note["caller"] == talk.caller.number
    assert note["said"] == "增值税发票如何开具"
    assert partner.receiver.wrong == []
    await answering.hang_up()
    await desk.wait_call(talk.caller, "ended")
    trunks = await desk.leader.get("/hotlines/trunks")
    assert [(one["name"], one["up"], one["asked"]) for one in trunks["items"]] == [("tax", True, True)]


async def test_a_partner_that_is_busy_is_told_that_the_call_did_not_come_about(desk: Desk, partner: Partner) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    call = await desk.wait_call(talk.caller, "talking")
    asked = asyncio.ensure_future(
        desk.agents["8001"].post(f"/calls/{call['call_id']}/transfer/consult", {"number": "12366", "said": "发票"})
    )
    ringing = await partner.phone.next_call()
    await asked
    await ringing.reject(486)
    announced = await partner.receiver.note(call["call_id"], "ringing")
    told = await partner.receiver.note(call["call_id"], "not_connected")
    assert (told["leg_id"], told["why"], told["caller"], told["said"]) == (announced["leg_id"], "busy", None, None)
    await talk.agent.media.wait_tone(CALLER_TONE, within=10, window=0.2)
    await talk.caller.call.hang_up()
    await desk.wait_call(talk.caller, "ended")


async def test_one_key_connects_an_emergency_line_and_the_agent_stays_on(desk: Desk, partner: Partner) -> None:
    await desk.ready("8001")
    talk = await desk.talk("8001")
    call = await desk.wait_call(talk.caller, "talking")
    asked = asyncio.ensure_future(
        desk.agents["8001"].post(
            f"/calls/{call['call_id']}/transfer/emergency", {"number": "119", "said": "三楼起火,有人被困"}
        )
    )
    answering = await partner.phone.next_call()
    await answering.answer()
    answering.media.play(tone(PARTNER_TONE, 60))
    await asked
    for party in (talk.caller.call, talk.agent):
        await party.media.wait_tone(PARTNER_TONE, within=10, window=0.2)
    note = await partner.receiver.note(call["call_id"], "ringing")
    assert (note["number"], note["caller"], note["said"]) == ("119", talk.caller.number, "三楼起火,有人被困")

    async def drafted() -> list[dict[str, Any]]:
        return await desk.tickets_of(call["call_id"])

    [ticket] = await until(drafted, "a ticket of the emergency")

    async def entered() -> list[str] | None:
        """The key and the answer in the ledger of the call's ticket (YC-15a), whichever came first."""
        ledger = await desk.leader.get(f"/tickets/{ticket['id']}/ledger")
        events = sorted(row["event"] for row in ledger if row["event"] in {"emergency_linked", "transferred"})
        return events if len(events) > 1 else None

    assert await until(entered, "the emergency in the ledger", within=30.0) == ["emergency_linked", "transferred"]
    duties = await desk.leader.get(f"/tickets/{ticket['id']}/duties")
    [owed] = [duty for duty in duties if duty["kind"] == "transfer"]
    begun, due = (datetime.fromisoformat(owed[name]) for name in ("started_at", "due_at"))
    assert due - begun == timedelta(hours=2)
    assert datetime.fromisoformat(owed["done_at"]) >= begun
    await answering.hang_up()
    await talk.agent.media.wait_tone(CALLER_TONE, within=10, window=0.2)
    await talk.caller.call.hang_up()
    await desk.wait_call(talk.caller, "ended")


@pytest.mark.parametrize(
    ("headers", "dialled"),
    [
        ((("Diversion", "<sip:12315@carrier>;reason=unconditional"),), "12315"),
        (
            (
                ("Diversion", "<sip:07953990000@carrier>;reason=unconditional"),
                ("Diversion", "<sip:12333@carrier>;reason=unconditional"),
            ),
            "12333",
        ),
        ((("History-Info", "<sip:12348@carrier>;index=1, <sip:12345@hotline>;index=1.1"),), "12348"),
    ],
)
async def test_the_number_that_a_citizen_really_dialled_is_kept(
    desk: Desk, headers: tuple[tuple[str, str], ...], dialled: str
) -> None:
    phone = ScriptedPhone("13977770001", desk.system.sip)
    await phone.start()
    try:
        call = await phone.dial("12345", headers=headers)
        await call.wait_state(CallState.ANSWERED)

        async def kept() -> str | None:
            page = await desk.leader.post("/calls/search", {"caller": phone.number})
            newest = max(page["items"], key=lambda one: datetime.fromisoformat(one["entered_at"]), default=None)
            return newest["dialled"] if newest is not None and newest["state"] == "waiting" else None

        assert await until(kept, "the call") == dialled
        await call.hang_up()
    finally:
        await phone.close()
    await desk.system.wait_empty()
