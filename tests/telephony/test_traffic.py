"""Calls are counted under the number that a citizen really dialled, each hotline under its own."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock import ManualClock
from core.database import Database
from core.ids import new_id
from core.personal import Personal
from core.settings import Settings
from hotline.hotlines import open_directory, take_in
from telephony.events import CallArrived, HangupReason, LegEnded, LegJoined, Party
from telephony.hotlines.traffic import by_hotline
from telephony.probes import PROBE_NUMBER
from telephony.service import CallRecorder
from telephony.views import NumberTraffic

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


async def call(
    recorder: CallRecorder, dialled: str, *, caller: str | None = "13900000001", at: datetime = AT, partner: str = "",
    answered: bool = False,
) -> str:  # fmt: skip
    call_id = new_id()
    number = Personal.of(caller)
    await recorder.take(
        CallArrived(call_id, f"{call_id[:-1]}c", "chan", number, dialled, "general", at, "12345", partner, "")
    )
    if answered:
        await recorder.take(LegJoined(call_id, f"{call_id[:-1]}c", Party.CALLER, "", "chan", at))
    return call_id


async def transferred(recorder: CallRecorder, call_id: str, number: str, *, answered: bool) -> None:
    leg = new_id()
    if answered:
        await recorder.take(LegJoined(call_id, leg, Party.HOTLINE, number, leg, AT))
    await recorder.take(LegEnded(call_id, leg, Party.HOTLINE, number, HangupReason.BUSY, answered=answered, at=AT))


async def test_calls_and_transfers_are_counted_by_number_and_probes_are_not(database: Database, tmp_path: Path) -> None:
    recorder = CallRecorder(database, ManualClock(AT), tmp_path)
    first = await call(recorder, "12345", answered=True)
    await call(recorder, "12315", answered=True)
    await call(recorder, "12315", caller=None)
    await call(recorder, "12315", partner="tax")
    await call(recorder, "12315", caller=PROBE_NUMBER, answered=True)
    await call(recorder, "12345", at=AT - timedelta(days=31))
    await transferred(recorder, first, "88001", answered=True)
    await transferred(recorder, first, "88001", answered=False)
    counted = await recorder.traffic(AT - timedelta(days=30), AT + timedelta(seconds=1), [Personal(PROBE_NUMBER)])
    assert counted == [
        NumberTraffic("12315", calls=3, answered=1, from_partners=1),
        NumberTraffic("12345", calls=1, answered=1),
        NumberTraffic("88001", transfers=2, connected=1),
    ]
    settings = Settings(home=tmp_path, profile="yichun")
    (tmp_path / "list.csv").write_text("number,name,mode,trunk,contact\n12366,税务,sub_centre,tax,88001\n", "utf-8")
    take_in(settings, tmp_path / "list.csv")
    shown = by_hotline(open_directory(settings), counted)
    assert [one.traffic.number for one in shown] == ["12315", "12345", "12366"]
    tax = shown[-1]
    assert tax.hotline is not None
    assert (tax.hotline.name, tax.traffic.transfers, tax.traffic.connected) == ("税务", 2, 1)
