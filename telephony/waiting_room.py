"""What the engine tells the dialplan about waiting callers: their places, announcements, and the rules of the house.

All is written with Setvar: at a caller's channel, or as a global variable that stays when the engine dies. The dialplan
(`extensions-waiting`, `extensions-caller`) filters what it reads.
"""

import re
from datetime import datetime

from core.errors import InvalidInput
from telephony.ami import AmiLink, SwitchRefused

_CHANNEL = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}")
_DIALLED = re.compile(r"[0-9]{2,20}")
_GLOBAL = re.compile(r"(BOARD|EMERGENCY|(BLOCK|QUEUE)_[0-9]{2,20}|RULES_[a-z][a-z0-9_-]{0,39})")
_VALUE = re.compile(r"[A-Za-z0-9:&._-]{0,400}")


class WaitingRoom:
    """Verbs on an `AmiLink`. All raise PartUnavailable when the link is down, SwitchRefused when Asterisk refuses."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def place(self, channel: str, position: int, minutes: int | None, now: datetime) -> bool:
        """Let a caller know his place (from 1) and expected wait at the next telling; False: he is gone."""
        told = f"{position}:{'' if minutes is None else minutes}:{int(now.timestamp())}"
        return await self._set(channel, "HOTLINE_PLACE", told)

    async def tell(self, channel: str, announcement: str) -> bool:
        """Play an announcement to a waiting caller within seconds; False: he is gone.

        Raises:
            InvalidInput: not a name an announcement can have.
        """
        if not _NAME.fullmatch(announcement):
            raise InvalidInput("announcement", "不是提示音的名称")
        return await self._set(channel, "HOTLINE_TELL", announcement)

    async def send_to_partner(self, channel: str, number: str, trunk: str) -> bool:
        """Let a waiting caller leave for a partner, who is dialled; he comes back when nobody answers. False: gone.

        Args:
            channel: the caller's.
            number: digits to dial.
            trunk: the partner's (endpoint `partner-<trunk>`); empty: over the carrier.

        Raises:
            InvalidInput: not a number or a trunk that can be dialled.
        """
        if not _DIALLED.fullmatch(number) or (trunk and not _NAME.fullmatch(trunk)):
            raise InvalidInput("number", "不是可呼叫的号码或中继")
        return await self._set(channel, "HOTLINE_LEAVE", f"partner:{number}:{trunk}")

    async def send_away(self, channel: str, announcement: str) -> bool:
        """Let a waiting caller hear an announcement, then end his call; False: he is gone.

        Raises:
            InvalidInput: not a name an announcement can have.
        """
        if not _NAME.fullmatch(announcement):
            raise InvalidInput("announcement", "不是提示音的名称")
        return await self._set(channel, "HOTLINE_LEAVE", f"end:{announcement}")

    async def keep_queue(self, channel: str, queue: str) -> bool:
        """Note in which queue a caller waits now; False: he is gone.

        Raises:
            InvalidInput: not a name a queue can have.
        """
        if not _NAME.fullmatch(queue):
            raise InvalidInput("queue", "不是队列的名称")
        return await self._set(channel, "HOTLINE_QUEUE", queue)

    async def write(self, name: str, value: str) -> None:
        """Set one of the global variables of the board (`HOTLINE_` is put in front).

        Raises:
            InvalidInput: not a name or value of the board.
        """
        if not _GLOBAL.fullmatch(name) or not _VALUE.fullmatch(value):
            raise InvalidInput(name[:40], "不能写入交换机")
        await self._link.action("Setvar", {"Variable": f"HOTLINE_{name}", "Value": value})

    async def read(self, name: str) -> str:
        """Return a global variable of the board; empty when it is not set."""
        return (await self._link.action("Getvar", {"Variable": f"HOTLINE_{name}"})).get("Value")

    async def queue_of(self, number: str) -> str:
        """Return the queue to which the board leads a dialled number; empty: none, or the board is of former times."""
        mark, _, queue = (await self.read(f"QUEUE_{number}")).partition(":")
        return queue if mark and mark == await self.read("BOARD") else ""

    async def _set(self, channel: str, name: str, value: str) -> bool:
        if not _CHANNEL.fullmatch(channel):
            raise InvalidInput("channel", "不是通道编号")
        try:
            await self._link.action("Setvar", {"Channel": channel, "Variable": name, "Value": value})
        except SwitchRefused as error:
            if "No such channel" in error.answer:
                return False
            raise
        return True
