"""Who is in charge: of all engine processes exactly one decides.

An engine takes charge when the lease in Valkey is free *and* the switch shows nobody's pulse; then it puts the lease's
token into the switch. So the switch is the judge: an engine that was cut off, stopped or slow rings no phone before it
has asked there anew (`Charge.sure`), finds a greater token, closes its link and forgets what it knew.

Valkey away: the engine in charge goes on, and no standby takes over. An engine that starts then takes charge by the
switch alone, if it is no standby and nobody's pulse was there for a while.

Pulses carry the clock of the machine that gives them: machines with engines keep their clocks together (NTP).
"""

import asyncio
import os
import threading
from datetime import timedelta
from pathlib import Path

import structlog

from core.clock import Clock
from core.errors import HotlineError, PartUnavailable
from core.valkey import Lease
from telephony.ami import SwitchRefused
from telephony.fence import Pulse, SwitchFence

log = structlog.get_logger(__name__)

LEASE = "engine"
LEASE_SECONDS = 1.6
_PULSE_SECONDS = 0.4
_SILENCE = timedelta(seconds=1.5)
"""Without a pulse for this long the engine in charge counts as gone."""
_SURE_SECONDS = 1.2
"""Less than `_SILENCE`: nobody can have taken charge this soon after a pulse of ours was in the switch."""
_LOOK_SECONDS = 0.2
_ALONE_SECONDS = 2.0
"""How long Valkey is waited for before an engine takes charge by the switch alone."""
_PUT_DOWN_SECONDS = 5.0
_LINK_PATIENCE_SECONDS = 5.0
"""An engine that has not reached the switch for this long lets its lease run out."""


class ChargeLostError(Exception):
    """Another engine is in charge: nothing more may be done in its name."""


class Charge:
    """The charge of one process, taken and lost any number of times.

    Attributes:
        token: the fencing token while in charge.

    Args:
        lease: of the name `LEASE`, for `LEASE_SECONDS`.
        clock: gives the instants of the pulses.
        standby: take charge only with the lease, never by the switch alone.
    """

    def __init__(self, lease: Lease, clock: Clock, *, standby: bool) -> None:
        self.token = 0
        self._lease = lease
        self._clock = clock
        self._standby = standby
        self._reached = 0.0
        """When the last pulse that the switch took was sent, by the loop's clock."""
        self._confirmed = asyncio.Event()
        self._hard_end: threading.Timer | None = None

    async def take(self, fence: SwitchFence) -> None:
        """Wait until in charge; what follows is `claim`, then `keep`."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        log.info("waiting_for_charge", standby=self._standby)
        while not await self._try(fence, alone=loop.time() - begun > _ALONE_SECONDS):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(_LOOK_SECONDS)
        # a token made by the switch alone (see above) may be ahead of the lease's
        self.token = max(self.token, await fence.token() + 1)
        self._reached = loop.time()
        log.info("in_charge", token=self.token, standby=self._standby)

    async def claim(self, fence: SwitchFence) -> None:
        """Put the token into the switch; to be done before the switch is read, whenever it is reached anew.

        Raises:
            ChargeLostError: the switch has a greater one.
            PartUnavailable, SwitchRefused: it cannot be told now.
        """
        if await fence.token() > self.token:
            raise self._lost()
        await fence.set_token(self.token)
        await self._give_one(fence)

    @property
    def is_sure(self) -> bool:
        """True while `sure` returns at once."""
        return asyncio.get_running_loop().time() - self._reached <= _SURE_SECONDS

    async def sure(self) -> None:
        """Return when it is certain that nobody else is in charge; to be waited for before a phone is rung.

        Certain is what the switch confirmed a moment ago. A process that was stopped, or could not reach the switch,
        asks anew before it does anything in its name.
        """
        while not self.is_sure:
            self._confirmed.clear()
            await self._confirmed.wait()

    async def keep(self, fence: SwitchFence) -> None:
        """Hold the charge for as long as it is ours.

        Raises:
            ChargeLostError: another engine took it.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._give_pulse(fence))
            group.create_task(self._hold_lease(fence))

    async def leave(self, fence: SwitchFence) -> None:
        """Let another engine take charge at once; for an orderly end."""
        try:
            if await fence.token() == self.token:
                await fence.set_pulse(None)
            await self._lease.release()
        except HotlineError as error:
            log.info("charge_runs_out", problem=error.message)

    def put_down(self) -> None:
        """Nothing is done any more in the name of the charge that was lost."""
        if self._hard_end is not None:
            self._hard_end.cancel()
            self._hard_end = None

    def _lost(self) -> ChargeLostError:
        """A process that does not manage to put its work down is ended: nobody may act in another's name."""
        if self._hard_end is None:
            log.warning("charge_lost", token=self.token, remedy="另一引擎进程已接管;本进程转为备用")
            self._hard_end = threading.Timer(_PUT_DOWN_SECONDS, _end_process, [asyncio.get_running_loop()])
            self._hard_end.daemon = True
            self._hard_end.start()
        return ChargeLostError()

    async def _try(self, fence: SwitchFence, *, alone: bool) -> bool:
        return await self._is_quiet(fence) and await self._acquire(alone=alone)

    async def _is_quiet(self, fence: SwitchFence) -> bool:
        try:
            pulse = await fence.pulse()
        except HotlineError:
            return False  # who cannot reach the switch cannot serve either
        return pulse is None or self._clock.now() - pulse.at > _SILENCE

    async def _acquire(self, *, alone: bool) -> bool:
        try:
            token = await self._lease.acquire()
        except PartUnavailable as error:
            if self._standby or not alone:
                return False
            log.warning("in_charge_without_lease", problem=error.problem, remedy=error.remedy)
            token = round(self._clock.now().timestamp() * 1000)  # what the lease would give, see core.valkey
        self.token = token or 0
        return token is not None

    async def _give_pulse(self, fence: SwitchFence) -> None:
        while True:
            try:
                await self._give_one(fence)
            except (PartUnavailable, SwitchRefused) as error:
                log.debug("pulse_not_taken", problem=error.message)
            await asyncio.sleep(_PULSE_SECONDS)

    async def _give_one(self, fence: SwitchFence) -> None:
        asked = asyncio.get_running_loop().time()
        if await fence.token() > self.token:
            raise self._lost()
        await fence.set_pulse(Pulse(self.token, self._clock.now()))
        self._reached = asked
        self._confirmed.set()

    async def _hold_lease(self, fence: SwitchFence) -> None:
        while True:
            await asyncio.sleep(_PULSE_SECONDS)
            if asyncio.get_running_loop().time() - self._reached > _LINK_PATIENCE_SECONDS:
                continue
            try:
                if not await self._lease.renew():
                    await self._acquire_again(fence)
            except (PartUnavailable, SwitchRefused) as error:
                log.debug("lease_not_renewed", problem=error.message)

    async def _acquire_again(self, fence: SwitchFence) -> None:
        """The lease ran out while Valkey or the switch was away, or Valkey forgot it."""
        token = await self._lease.acquire()
        if token is None:
            raise self._lost()
        self.token = max(token, self.token)
        await self.claim(fence)
        log.info("lease_taken_again", token=self.token)


def _end_process(loop: asyncio.AbstractEventLoop) -> None:
    """End this process, saying what kept it; called in another thread."""
    frames = [frame for task in asyncio.all_tasks(loop) for frame in task.get_stack(limit=1)]
    places = {f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}" for frame in frames}
    log.error("work_not_put_down", still_in=sorted(places), remedy="本进程随即退出并由守护进程重新启动")
    os._exit(os.EX_TEMPFAIL)
