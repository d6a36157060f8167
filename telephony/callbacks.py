"""Calling a citizen back: the agent's phone is rung, then the dialplan alone dials, records and joins."""

import re

from core.errors import InvalidInput
from core.ids import new_id
from core.personal import Personal
from telephony.ami import AmiLink
from telephony.events import Party
from telephony.facts import ring_action_id

_DIGITS = re.compile(r"[0-9]{2,20}")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")


class CallbackControl:
    """Rings agents for callbacks. Raises PartUnavailable when the link is down, SwitchRefused when Asterisk refuses.

    Args:
        link: connection of a user who may originate.
    """

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def ring_agent(
        self,
        *,
        call_id: str,
        leg_id: str,
        endpoint: str,
        timeout_seconds: float,
        number: Personal,
        dialled: str,
        queue: str,
        citizen_seconds: int,
    ) -> None:
        """Ring an agent's phone for a callback. Returns when the switch has taken the order.

        The rest is told by facts: `CallbackTaken` when the agent answers, `CallArrived` and `LegJoined` of the citizen,
        or `CallbackFailed`; `LegEnded` of the agent's leg in any case. `call_id` and `leg_id` must never be used twice.

        Args:
            call_id: id of the call that is made now.
            leg_id: id of the agent's leg.
            endpoint: the agent's phone.
            timeout_seconds: how long it rings.
            number: whom to call, digits in national form.
            dialled: number the citizen had dialled; he sees it as the caller.
            queue: queue the callback stands in.
            citizen_seconds: how long the citizen's phone rings.
        """
        for field, value in (("call_id", call_id), ("leg_id", leg_id), ("endpoint", endpoint), ("queue", queue)):
            if not _NAME.fullmatch(value):
                raise InvalidInput(field, "只能含有字母、数字、点、下划线和连字符")
        digits = number.reveal()
        if not _DIGITS.fullmatch(digits):
            raise InvalidInput("number", "只能含有数字")
        shown = re.sub(r"[^0-9]", "", dialled) or "12345"
        await self._link.action(
            "Originate",
            {
                "ActionID": ring_action_id(call_id, leg_id, endpoint),
                "Channel": f"PJSIP/{endpoint}",
                "ChannelId": leg_id,
                "Context": "hotline-callback-agent",
                "Exten": "join",
                "Priority": 1,
                "Timeout": int(timeout_seconds * 1000),
                "CallerID": f"{digits} <{digits}>",
            },
            variables={
                "__HOTLINE_CALL": call_id,
                "HOTLINE_LEG": leg_id,
                "HOTLINE_PARTY": Party.AGENT,
                "HOTLINE_ENDPOINT": endpoint,
                "_HOTLINE_CITIZEN_LEG": new_id(),
                "_HOTLINE_CITIZEN_NUMBER": digits,
                "_HOTLINE_CITIZEN_DIALLED": shown,
                "_HOTLINE_CITIZEN_QUEUE": queue,
                "_HOTLINE_CITIZEN_SECONDS": citizen_seconds,
                "PJSIP_HEADER(add,X-Call-Id)": call_id,
            },
        )
