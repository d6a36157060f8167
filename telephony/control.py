"""Call control verbs: what the engine may tell the switch. Every value is checked before it becomes AMI."""

import re
import secrets
from collections.abc import Awaitable
from datetime import datetime

from core.errors import InvalidInput
from core.personal import Personal
from core.settings import Settings
from telephony.ami import AmiLink, SwitchRefused
from telephony.causes import CANCEL_CAUSE
from telephony.events import Party
from telephony.facts import ring_action_id

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_NOT_DIALLABLE = re.compile(r"[^0-9+]")
_GONE = "No such channel"


class CallControl:
    """Verbs on an `AmiLink`. All raise PartUnavailable when the link is down, SwitchRefused when Asterisk refuses."""

    def __init__(self, link: AmiLink, settings: Settings) -> None:
        self._link = link
        self._settings = settings

    def ring_agent(
        self,
        *,
        call_id: str,
        leg_id: str,
        caller_channel: str,
        endpoint: str,
        timeout_seconds: float,
        caller_number: Personal | None,
        dialled: str,
    ) -> Awaitable[object]:
        """Ring an agent's phone for a waiting caller: the order is written at once, before this returns.

        What is returned must be awaited: it is done when the switch has taken the order, not when there is an answer.
        The rest is told by facts: LegRinging, then LegJoined, or LegEnded with the reason. `leg_id` becomes the unique
        id of the channel and must never be used twice. Once ordered, the dialplan alone joins and records.

        The phone shows the number that the citizen dialled as the name of who calls: which hotline it is.
        """
        number = _NOT_DIALLABLE.sub("", caller_number.reveal()) if caller_number else ""
        return self._link.post(
            "Originate",
            {
                "ActionID": ring_action_id(
                    _name("call_id", call_id), _name("leg_id", leg_id), _name("endpoint", endpoint)
                ),
                "Channel": f"PJSIP/{endpoint}",
                "ChannelId": leg_id,
                "Context": "hotline-agent",
                "Exten": "join",
                "Priority": 1,
                "Timeout": int(timeout_seconds * 1000),
                "CallerID": f"{_NOT_DIALLABLE.sub('', dialled) or number} <{number}>" if number else "anonymous",
            },
            variables={
                "__HOTLINE_CALL": call_id,
                "HOTLINE_LEG": leg_id,
                "HOTLINE_PARTY": Party.AGENT,
                "HOTLINE_ENDPOINT": endpoint,
                "HOTLINE_TARGET": _name("caller_channel", caller_channel),
                "PJSIP_HEADER(add,X-Call-Id)": call_id,
            },
        )

    async def cancel(self, leg_id: str) -> bool:
        """Stop ringing a phone; False when the leg is gone already."""
        return await self._hang_up(leg_id, CANCEL_CAUSE)

    async def hang_up(self, channel: str) -> bool:
        """Hang up a channel by its unique id (for legs we called: the leg id); False when it is gone already."""
        return await self._hang_up(channel, 16)

    async def hang_up_call(self, call_id: str) -> int:
        """Hang up every leg of a call; return how many there were."""
        channels = await self._link.list_action("Status", {"Variables": "HOTLINE_CALL", "AllVariables": "false"})
        ours = [c.get("Uniqueid") for c in channels if c.variables().get("HOTLINE_CALL") == call_id]
        return sum([await self.hang_up(unique) for unique in ours])

    async def beat(self, now: datetime) -> None:
        """Tell the dialplan that an engine lives; without it callers go to Asterisk's own queue."""
        await self._link.action("Setvar", {"Variable": "HOTLINE_BEAT", "Value": int(now.timestamp())})

    async def start_tap(self, leg_id: str, channel: str, attempt: int) -> None:
        """Send what a leg says to the speech server (AudioSocket, 16 kHz); ends with the leg. Never harms the call.

        Args:
            leg_id: UUID the server gets in the first frame.
            channel: unique id of the leg's channel.
            attempt: counts the taps of this leg from 1, for people who look into the switch. The tap's channel gets a
                fresh id even when a restarted process counts from 1 again (Asterisk says "Success" to a used one).
        """
        speech = self._settings.speech
        await self._link.action(
            "Originate",
            {
                "Channel": f"AudioSocket/{speech.tap_host}:{speech.tap_port}/{_name('leg_id', leg_id)}/c(slin16)",
                "ChannelId": f"tap-{leg_id}-{attempt}-{secrets.token_hex(3)}",
                "Application": "ChanSpy",
                "Data": f"{_name('channel', channel)},qoEu",
            },
        )

    async def _hang_up(self, channel: str, cause: int) -> bool:
        try:
            await self._link.action("Hangup", {"Channel": _name("channel", channel), "Cause": cause})
        except SwitchRefused as error:
            if _GONE in error.answer:
                return False
            raise
        return True


def _name(field: str, text: str) -> str:
    if not _NAME.fullmatch(text):
        raise InvalidInput(field, "只能含有字母、数字、点、下划线和连字符")
    return text
