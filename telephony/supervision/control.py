"""Supervision over AMI: the supervisor's phone is rung, or moved from one verb to the next."""

from core.errors import Conflict
from core.ids import new_id
from telephony.ami import AmiLink, AmiMessage, SwitchRefused
from telephony.control import CallControl
from telephony.events import Party
from telephony.facts import ring_action_id
from telephony.snapshot import registered_of
from telephony.supervision.verbs import LegInSwitch, Scene, Verb

_CONTEXT = "hotline-supervise"
_UP = "6"
_VARIABLES = (
    "HOTLINE_CALL",
    "HOTLINE_LEG",
    "HOTLINE_PARTY",
    "HOTLINE_ENDPOINT",
    "HOTLINE_MODE",
    "HOTLINE_QUEUE",
    "HOTLINE_SUPERVISOR",
)
_GONE = "Channel does not exist"


class SupervisionControl:
    """Verbs on an `AmiLink`. All raise PartUnavailable when the link is down, SwitchRefused when Asterisk refuses."""

    def __init__(self, link: AmiLink, control: CallControl, *, ring_seconds: float = 20.0) -> None:
        self._link = link
        self._control = control
        self._ring_seconds = ring_seconds

    async def legs(self) -> list[LegInSwitch]:
        """Return every leg in the switch now."""
        channels = await self._link.list_action("Status", {"Variables": ",".join(_VARIABLES), "AllVariables": "false"})
        found = ((channel, channel.variables()) for channel in channels)
        return [_leg(channel, values) for channel, values in found if values.get("HOTLINE_CALL")]

    async def begin(self, verb: Verb, scene: Scene, phone: str) -> str:
        """Let the supervisor take part; return the id of his leg.

        His phone rings, unless he takes part in this call already: then only the verb changes.

        Raises:
            Conflict: his phone is not registered, or his leg has just gone.
        """
        if scene.own is not None:
            await self._change(verb, scene.own)
            return scene.own.leg_id
        if phone not in registered_of(await self._link.list_action("DeviceStateList")):
            raise Conflict("您的话机未注册", code="phone_unregistered")
        return await self._ring(verb, scene, phone)

    async def end(self, leg: LegInSwitch) -> bool:
        """Hang up a supervisor's leg; False when it is gone already."""
        return await self._control.hang_up(leg.channel)

    async def _change(self, verb: Verb, own: LegInSwitch) -> None:
        try:
            await self._link.action(
                "Redirect", {"Channel": own.name, "Context": _CONTEXT, "Exten": verb.value, "Priority": 1}
            )
        except SwitchRefused as error:
            if _GONE in error.answer:
                raise Conflict("您已退出该通话", code="gone") from error
            raise

    async def _ring(self, verb: Verb, scene: Scene, phone: str) -> str:
        leg_id, call_id = new_id(), scene.caller.call_id
        await self._link.action(
            "Originate",
            {
                "ActionID": ring_action_id(call_id, leg_id, phone),
                "Channel": f"PJSIP/{phone}",
                "ChannelId": leg_id,
                "Context": _CONTEXT,
                "Exten": verb.value,
                "Priority": 1,
                "Timeout": int(self._ring_seconds * 1000),
                "CallerID": f"{scene.agent.endpoint} <{scene.agent.endpoint}>",
            },
            variables={
                "__HOTLINE_CALL": call_id,
                "HOTLINE_LEG": leg_id,
                "HOTLINE_PARTY": Party.SUPERVISOR,
                "HOTLINE_ENDPOINT": phone,
                "HOTLINE_SUPERVISOR": "1",
                "HOTLINE_TARGET": scene.caller.channel,
                "HOTLINE_AGENT": scene.agent.channel,
                "PJSIP_HEADER(add,X-Call-Id)": call_id,
                "PJSIP_HEADER(add,X-Supervision)": verb.value,
            },
        )
        return leg_id


def supervising(legs: list[LegInSwitch], phone: str) -> LegInSwitch:
    """Return the leg with which a supervisor takes part in a call.

    Raises:
        Conflict: he takes part in none.
    """
    for leg in legs:
        if leg.endpoint == phone and leg.supervises and leg.party is Party.SUPERVISOR:
            return leg
    raise Conflict("您当前没有监听或介入任何通话", code="not_supervising")


def _leg(channel: AmiMessage, values: dict[str, str]) -> LegInSwitch:
    return LegInSwitch(
        call_id=values["HOTLINE_CALL"],
        leg_id=values.get("HOTLINE_LEG", ""),
        party=Party.named(values.get("HOTLINE_PARTY", "")),
        endpoint=values.get("HOTLINE_ENDPOINT", ""),
        channel=channel.get("Uniqueid"),
        name=channel.get("Channel"),
        mode=values.get("HOTLINE_MODE", ""),
        queue=values.get("HOTLINE_QUEUE", ""),
        answered=channel.get("ChannelState") == _UP,
        supervises=values.get("HOTLINE_SUPERVISOR") == "1",
    )
