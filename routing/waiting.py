"""How long a caller will probably wait: from the rate at which calls of his queue were served while calls waited.

Counting only the time in which a call waited tells what the agents can do, not what callers happened to ask of them;
agents who serve several queues, breaks and wrap-ups are in it by themselves. Until enough of that time has been seen
(or when agents have just come or gone) it is the agents at work and the mean time they spend on a call.
"""

from dataclasses import dataclass

from routing.events import WaitEstimate

HALF_LIFE_SECONDS = 600.0
"""Time with waiting calls after which what was seen counts half."""
_ENOUGH_SECONDS = 60.0
_ENOUGH_SERVED = 3.0
USUAL_HANDLING_SECONDS = 300.0
"""Talk and wrap-up of a 12345 call before any has been seen: about 5 minutes in large cities."""
_HANDLING_WEIGHT = 0.05


@dataclass(slots=True)
class ServiceRate:
    """What was seen of one queue; instants are seconds of any one clock."""

    busy_since: float | None = None
    """Since when a call waits; None: none does."""
    busy_seconds: float = 0.0
    served: float = 0.0
    handling_seconds: float = USUAL_HANDLING_SECONDS

    def waiting_changed(self, waiting: bool, at: float) -> None:
        """Note that a call waits from now on, or none any more."""
        if waiting:
            self.busy_since = at
        elif self.busy_since is not None:
            self._count(at, 0.0)
            self.busy_since = None

    def call_served(self, at: float) -> None:
        """Note that an agent took a call; counts only while others wait."""
        if self.busy_since is not None:
            self._count(at, 1.0)

    def call_handled(self, seconds: float) -> None:
        """Note how long an agent was taken by a call, wrap-up included."""
        self.handling_seconds += _HANDLING_WEIGHT * (seconds - self.handling_seconds)

    def per_second(self, at: float) -> float | None:
        """Return the calls served a second while calls waited; None: too little was seen."""
        running = 0.0 if self.busy_since is None else max(0.0, at - self.busy_since)
        fading = float(0.5 ** (running / HALF_LIFE_SECONDS))
        seconds, served = self.busy_seconds * fading + running, self.served * fading
        if seconds < _ENOUGH_SECONDS or served < _ENOUGH_SERVED:
            return None
        return served / seconds

    def _count(self, at: float, served: float) -> None:
        assert self.busy_since is not None
        running = max(0.0, at - self.busy_since)
        fading = 0.5 ** (running / HALF_LIFE_SECONDS)
        self.busy_seconds = self.busy_seconds * fading + running
        self.served = self.served * fading + served
        self.busy_since = at


def expected_wait(position: int, per_second: float | None, agents: int, handling_seconds: float) -> WaitEstimate:
    """Return how long the call at a position has probably yet to wait.

    Args:
        position: from 1, among the calls of the queue.
        per_second: calls served a second while calls waited; None: not known.
        agents: agents of the queue who are at work (ready, rung, talking, wrapping up).
        handling_seconds: mean talk and wrap-up.
    """
    if agents <= 0:
        return WaitEstimate(position, None, "none")
    if per_second is not None and per_second > 0:
        return WaitEstimate(position, position / per_second, "service_rate")
    return WaitEstimate(position, position * handling_seconds / agents, "handling_time")
