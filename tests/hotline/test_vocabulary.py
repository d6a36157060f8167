"""Names of units and hotlines are words that recognition knows."""

from pathlib import Path

import pytest

from asr.pinyin.lexicon import LexiconFiles
from core.bus import Bus
from core.clock import ManualClock
from core.database import Database
from core.personal import PersonalKeys
from core.secrets import Secrets
from core.settings import Settings
from hotline import vocabulary
from hotline.house import House
from hotline.tickets import ticket_service
from tests.conftest import MONDAY_MORNING
from tickets.directory import UnitFields


@pytest.fixture
def house(tmp_path: Path, database: Database, personal_keys: PersonalKeys) -> House:
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home)
    bus = Bus(settings.mqtt, username="nobody", password="", client_id="never-connected")
    return House(settings, Secrets.load_or_create(home), ManualClock(MONDAY_MORNING), database, bus)


def test_brackets_and_numbers_part_words() -> None:
    assert vocabulary.words_in(["市公安局(交警支队)", "12393医保热线"]) == [
        "12393",
        "交警支队",
        "医保热线",
        "市公安局",
    ]


async def test_a_unit_that_is_added_is_known_without_restart(house: House) -> None:
    now = [0.0]
    assert await vocabulary.write(house)
    files = LexiconFiles([vocabulary.file_of(house.settings)], lambda: now[0])
    files.changed()
    assert not await vocabulary.write(house)
    await ticket_service(house).add_unit("weiling", UnitFields(name="蔚岭坪社区服务中心", level=2))
    assert await vocabulary.write(house)
    now[0] = 60.0
    changed = files.changed()
    assert changed is not None
    assert {"蔚岭坪社区服务中心", "一二三一五", "幺二三幺五"} <= {word.word for word in changed}
