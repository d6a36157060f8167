"""What a transfer tells the switch: moving legs between rooms, calling somebody into a talk. Values are checked."""

import re
from collections.abc import Mapping

from core.errors import Conflict, InvalidInput
from core.personal import Personal
from telephony.ami import AmiLink, SwitchRefused
from telephony.facts import call_action_id
from telephony.transfers.destinations import Destination
from telephony.transfers.talk import Room

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_SOUNDS = re.compile(r"[A-Za-z0-9_/&.-]{0,900}")
_NOT_DIALLABLE = re.compile(r"[^0-9+]")
_GONE = ("No such channel", "does not exist", "channel not up")
"""What Asterisk says of a channel that has ended; an answered one is "not up" once its hang-up has begun."""


class RoomControl:
    """Verbs on an `AmiLink`. All raise PartUnavailable when the link is down, SwitchRefused when Asterisk refuses.

    Moves of a channel that is gone return False: its end is told by the switch's own facts.
    """

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def move(self, channel: str, extension: str, context: str = "hotline-room") -> bool:
        """Send a channel's own thread to a room (`main`, `side`, `ring`) or to another place of the dialplan."""
        return await self._redirect(
            {"Channel": _name("channel", channel), "Context": context, "Exten": extension, "Priority": 1}
        )

    async def announce(self, channel: str, sounds: str) -> bool:
        """Play sounds (joined by `&`) to the caller, then put him into the main room."""
        return await self._say(channel, sounds) and await self.move(channel, "s", "hotline-announce")

    async def requeue(self, channel: str, queue: str, sounds: str) -> bool:
        """Send the caller into a queue as if he had just come, telling him so by voice."""
        done = await self._set(channel, "HOTLINE_QUEUE", _name("queue", queue)) and await self._say(channel, sounds)
        return done and await self.move(channel, "s", "hotline-requeue")

    async def call(
        self,
        destination: Destination,
        *,
        call_id: str,
        leg_id: str,
        caller_channel: str,
        agent_channel: str,
        goes: Room,
        blind: bool,
        timeout_seconds: float,
        caller: Personal | None,
        headers: Mapping[str, str],
    ) -> None:
        """Call somebody into a talk; facts tell the rest. `leg_id` becomes the unique id of the channel.

        Raises:
            Conflict: the partner takes no more calls (`max_calls` legs are there).
        """
        if destination.trunk and await self._is_full(destination.trunk):
            raise Conflict(f"{destination.name or destination.number}的中继线路已满,请稍后再转", code="trunk_full")
        number = _NOT_DIALLABLE.sub("", caller.reveal()) if caller else ""
        variables: dict[str, object] = {
            "__HOTLINE_CALL": _name("call_id", call_id),
            "HOTLINE_LEG": _name("leg_id", leg_id),
            "HOTLINE_PARTY": destination.party,
            "HOTLINE_ENDPOINT": _name("number", destination.number),
            "HOTLINE_ROLE": "target",
            "HOTLINE_GOES": goes.value,
            "HOTLINE_BLIND": "1" if blind else "0",
            "HOTLINE_TARGET": _name("caller_channel", caller_channel),
            "HOTLINE_AGENT": _name("agent_channel", agent_channel),
            "GROUP(ringing)": call_id,
            "PJSIP_HEADER(add,X-Call-Id)": call_id,
        }
        variables |= {f"PJSIP_HEADER(add,{_name('header', name)})": text for name, text in headers.items()}
        await self._link.action(
            "Originate",
            {
                "ActionID": call_action_id(call_id, leg_id, destination.number),
                "Channel": destination.channel,
                "ChannelId": leg_id,
                "Context": "hotline-target",
                "Exten": "answered",
                "Priority": 1,
                "Timeout": int(timeout_seconds * 1000),
                "PreDialGoSub": "hotline-called,s,1",
                "CallerID": f"{number} <{number}>" if number else "anonymous",
            },
            variables=variables,
        )

    async def free_seat(self, destination: Destination) -> Destination:
        """Return the first phone of an expert seat that is free; any other destination as it is.

        Raises:
            Conflict: every one talks, rings or is not registered.
        """
        if not destination.others:
            return destination
        devices = await self._link.list_action("DeviceStateList")
        free = {one.get("Device").removeprefix("PJSIP/") for one in devices if one.get("State") == "NOT_INUSE"}
        for number in (destination.number, *destination.others):
            if number in free:
                return Destination(number, destination.name)
        raise Conflict(f"{destination.name}的专家坐席均忙或未登录", code="seats_busy")

    async def _is_full(self, trunk: str) -> bool:
        """Tell whether a trunk carries as many legs as its partner takes: the switch then shows it as busy."""
        devices = await self._link.list_action("DeviceStateList")
        name = f"PJSIP/partner-{trunk}"
        return any(one.get("Device") == name and one.get("State") == "BUSY" for one in devices)

    async def hang_up(self, channel: str) -> bool:
        """End a channel; False when it is gone already."""
        return await self._do("Hangup", {"Channel": _name("channel", channel), "Cause": 16})

    async def _say(self, channel: str, sounds: str) -> bool:
        if not _SOUNDS.fullmatch(sounds):
            raise InvalidInput("sounds", "提示音名称不合法")
        return await self._set(channel, "HOTLINE_SAY", sounds)

    async def _set(self, channel: str, variable: str, value: str) -> bool:
        return await self._do("Setvar", {"Channel": _name("channel", channel), "Variable": variable, "Value": value})

    async def _redirect(self, fields: Mapping[str, object]) -> bool:
        return await self._do("Redirect", fields)

    async def _do(self, action: str, fields: Mapping[str, object]) -> bool:
        try:
            await self._link.action(action, fields)
        except SwitchRefused as error:
            if any(words in error.answer for words in _GONE):
                return False
            raise
        return True


def _name(field: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidInput(field, "只能含有字母、数字、点、下划线和连字符")
    return text
