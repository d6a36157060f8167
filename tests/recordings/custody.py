"""An ended call, and what lies in the spool, in custody and in the outbox."""

from datetime import UTC, datetime
from pathlib import Path

from core.actors import Actor, Role
from core.clock import ManualClock
from core.database import Database
from core.ids import new_id
from core.outbox import Deliverer, Delivery
from recordings.retention import RetentionRule
from telephony.events import CallEndedMessage, Party
from tests.recordings.sound import leg, tone

RULE = RetentionRule(3, "YC-13.9b", "regulation")
T0 = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
AFTER = datetime(2029, 3, 2, 16, 0, tzinfo=UTC)
INSPECTOR = Actor(account_id=new_id(), name="质检员", role=Role.INSPECTOR)


def ended_call(directory: Path, seconds: float = 3) -> CallEndedMessage:
    call_id = new_id()
    return CallEndedMessage(
        call_id,
        talked=True,
        legs=(
            leg(directory / "legs", Party.CALLER, tone(seconds, 440), T0, 0, call_id),
            leg(directory / "legs", Party.AGENT, tone(seconds, 900), T0, 0, call_id),
        ),
    )


def leg_files(directory: Path) -> list[Path]:
    return sorted((directory / "legs").glob("*"))


def files_in_custody(directory: Path) -> list[Path]:
    return sorted(path for path in (directory / "recordings").rglob("*") if path.is_file())


async def told(database: Database, clock: ManualClock, topic: str) -> list[Delivery]:
    received: list[Delivery] = []

    async def note(delivery: Delivery) -> None:
        received.append(delivery)

    while await Deliverer(database, clock, {topic: note}).run_once():
        pass
    return received
