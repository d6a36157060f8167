"""When a round of probe calls is due (pure)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from core.clock import LOCAL

_LATEST = timedelta(minutes=30)
"""A round that was missed for longer is left out: the next one comes."""


def is_due(now: datetime, last: datetime | None, times: Sequence[time]) -> bool:
    """Tell whether a round should begin.

    Args:
        now: the present instant.
        last: when the last round began; None: never.
        times: times of day (Asia/Shanghai) at which rounds begin.
    """
    local = now.astimezone(LOCAL)
    for moment in times:
        planned = datetime.combine(local.date(), moment, LOCAL)
        if planned <= local < planned + _LATEST and (last is None or last < planned):
            return True
    return False
