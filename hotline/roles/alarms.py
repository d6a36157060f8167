"""Alarms of urgent calls on the bus: told at once by the speech role, again by the clock until somebody takes them."""

from asr.alarms import AlarmDesk, AlarmView
from hotline.house import House


class AlarmBell:
    """Tells alarms again that nobody took."""

    def __init__(self, house: House) -> None:
        self._desk = AlarmDesk(house.database, house.clock)
        self._bus = house.bus

    async def ring(self) -> None:
        """Tell those that are due."""
        for one in await self._desk.tell_again():
            await self._bus.publish(f"hotline/calls/{one.call_id}/alarm", _told(one))


def _told(one: AlarmView) -> dict[str, object]:
    return {
        "id": one.id,
        "level": one.level,
        "topic": one.topic,
        "words": one.words.reveal(),
        "at": one.at,
        "told": one.told,
    }
