"""What an engine does to the switch, without one: its heartbeat, and the variables it sets."""

import asyncio

from tests.asterisk.conftest import Desk


class Beating:
    """An engine's heart that beats while the block runs."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def _beat(self) -> None:
        while True:
            await self._desk.beat()
            await asyncio.sleep(1)

    async def __aenter__(self) -> None:
        await self._desk.beat()
        self._task = asyncio.create_task(self._beat())

    async def __aexit__(self, *error: object) -> None:
        self._task.cancel()


async def tell(desk: Desk, name: str, value: object, channel: str = "") -> None:
    """Set a global variable, or one of a channel, as the engine does."""
    fields: dict[str, object] = {"Variable": name, "Value": value}
    await desk.link.action("Setvar", {**fields, **({"Channel": channel} if channel else {})})
