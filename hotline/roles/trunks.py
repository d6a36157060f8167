"""Health of the partners' trunks, as the switch sees it."""

from collections.abc import Sequence

from asterisk.partners import Partner
from telephony.ami import AmiLink
from telephony.snapshot import registered_of


async def trunk_health(link: AmiLink, partners: Sequence[Partner]) -> dict[str, object]:
    """Return which partners answer SIP OPTIONS, which of them refuse us, and how many legs each carries.

    Raises:
        PartUnavailable: the switch cannot be asked.
    """
    there = registered_of(await link.list_action("DeviceStateList"))
    channels = [one.get("Channel") for one in await link.list_action("Status")]
    items = [
        {
            "name": one.name,
            "transport": one.transport,
            "srtp": one.srtp,
            "asked": one.options_seconds > 0,
            "up": one.endpoint in there,
            "refuses": one.options_seconds > 0 and one.endpoint in there and one.watch not in there,
            "calls": sum(name.startswith(f"PJSIP/{one.endpoint}-") for name in channels),
            "max_calls": one.max_calls,
        }
        for one in partners
    ]
    return {"up": sorted(one.endpoint for one in partners if one.endpoint in there), "items": items}
