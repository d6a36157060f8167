"""What the switch holds now, read over AMI: one Status with our channel variables, one list of devices."""

from collections.abc import Iterable
from datetime import datetime

from core.personal import Personal
from telephony.ami import AmiLink, AmiMessage
from telephony.events import CallMode, CallSeen, LegSeen, Party, SwitchSnapshot
from telephony.instants import instant_of

VARIABLES = (
    "HOTLINE_CALL",
    "HOTLINE_LEG",
    "HOTLINE_PARTY",
    "HOTLINE_ENDPOINT",
    "HOTLINE_QUEUE",
    "HOTLINE_DIALLED",
    "HOTLINE_CALLER",
    "HOTLINE_ENTERED_AT",
    "HOTLINE_MODE",
    "HOTLINE_ROOM",
    "HOTLINE_ROLE",
    "HOTLINE_GOES",
    "HOTLINE_BLIND",
)
_STATE_UP = "6"
_PJSIP = "PJSIP/"
_AWAY = {"UNAVAILABLE", "INVALID", "UNKNOWN"}


async def take_snapshot(link: AmiLink, now: datetime) -> SwitchSnapshot:
    """Read calls, legs and registrations from the switch.

    Raises:
        PartUnavailable: the link is down.
        SwitchRefused: the AMI user may not read.
    """
    channels = await link.list_action("Status", {"Variables": ",".join(VARIABLES), "AllVariables": "false"})
    registered = registered_of(await link.list_action("DeviceStateList"))
    return snapshot_of(channels, registered, now)


def registered_of(devices: Iterable[AmiMessage]) -> frozenset[str]:
    """Return the endpoints that have a registered phone (pure).

    PJSIPShowContacts would need the right to the whole system class; the state of a device tells it as well.
    """
    states = ((device.get("Device"), device.get("State")) for device in devices)
    return frozenset(
        name.removeprefix(_PJSIP) for name, state in states if name.startswith(_PJSIP) and state not in _AWAY
    )


def snapshot_of(channels: Iterable[AmiMessage], registered: frozenset[str], now: datetime) -> SwitchSnapshot:
    """Build a snapshot from Status events (pure). Channels that carry no call of ours are left out."""
    by_call: dict[str, list[tuple[AmiMessage, dict[str, str]]]] = {}
    for channel in channels:
        values = channel.variables()
        if values.get("HOTLINE_CALL") and values.get("HOTLINE_LEG"):
            by_call.setdefault(values["HOTLINE_CALL"], []).append((channel, values))
    calls = tuple(_call(call_id, parts, now) for call_id, parts in by_call.items())
    return SwitchSnapshot(now, calls, registered)


def _call(call_id: str, parts: list[tuple[AmiMessage, dict[str, str]]], now: datetime) -> CallSeen:
    callers = [(channel, values) for channel, values in parts if values.get("HOTLINE_PARTY") == Party.CALLER]
    channel, values = callers[0] if callers else parts[0]
    mode = values.get("HOTLINE_MODE", "")
    return CallSeen(
        call_id=call_id,
        mode=CallMode(mode) if mode in set(CallMode) else CallMode.TALKING,
        caller_leg_id=values["HOTLINE_LEG"] if callers else "",
        channel=channel.get("Uniqueid") if callers else "",
        caller=Personal.of(values.get("HOTLINE_CALLER")),
        dialled=values.get("HOTLINE_DIALLED", ""),
        queue=values.get("HOTLINE_QUEUE", ""),
        entered_at=instant_of(values.get("HOTLINE_ENTERED_AT", "")) or now,
        legs=tuple(_leg(part, own) for part, own in parts),
    )


def _leg(channel: AmiMessage, values: dict[str, str]) -> LegSeen:
    return LegSeen(
        leg_id=values["HOTLINE_LEG"],
        party=Party.named(values.get("HOTLINE_PARTY", "")),
        endpoint=values.get("HOTLINE_ENDPOINT", ""),
        channel=channel.get("Uniqueid"),
        answered=channel.get("ChannelState") == _STATE_UP,
        room=values.get("HOTLINE_ROOM", ""),
        target=values.get("HOTLINE_ROLE") == "target",
        goes_main=values.get("HOTLINE_GOES") == "main",
        blind=values.get("HOTLINE_BLIND") == "1",
    )
