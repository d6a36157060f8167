"""Numbers of tickets: in the order of asking, none twice, whoever asks at the same moment."""

import asyncio
from datetime import UTC, datetime

import pytest

from core.database import Database
from tickets.numbers import Numbers

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


async def test_many_at_once_get_each_a_number_of_their_own_in_the_order_they_asked(database: Database) -> None:
    numbers = Numbers(database)
    given = await asyncio.gather(*(numbers.take("YC", NOW) for _ in range(40)))
    assert given == [f"YC20260303-{number:06d}" for number in range(1, 41)], "the local day, from 1"


async def test_two_processes_never_give_the_same_number(database: Database) -> None:
    here, there = Numbers(database), Numbers(database)
    given = await asyncio.gather(*(one.take("YC", NOW) for _ in range(20) for one in (here, there)))
    assert len(set(given)) == 40


async def test_who_gives_up_waiting_takes_no_number_from_the_others(database: Database) -> None:
    numbers = Numbers(database)
    asking = [asyncio.create_task(numbers.take("YC", NOW)) for _ in range(5)]
    await asyncio.sleep(0)
    asking[2].cancel()
    given = await asyncio.gather(*asking, return_exceptions=True)
    assert isinstance(given[2], asyncio.CancelledError)
    assert len({number for number in given if isinstance(number, str)}) == 4


async def test_each_day_and_each_prefix_has_a_series_of_its_own(database: Database) -> None:
    numbers = Numbers(database)
    assert await numbers.take("YC", NOW) == "YC20260303-000001"
    assert await numbers.take("JS", NOW) == "JS20260303-000001"
    assert await numbers.take("YC", NOW.replace(day=3)) == "YC20260304-000001"
    assert await numbers.take("YC", NOW) == "YC20260303-000002"


async def test_one_who_gives_up_while_he_waits_his_turn_leaves_as_cancelled_and_disturbs_nobody(
    database: Database,
) -> None:
    numbers = Numbers(database)
    async with numbers._turn:
        waiting = asyncio.create_task(numbers.take("YC", NOW))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await numbers.take("YC", NOW) == "YC20260303-000001"
