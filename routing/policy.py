"""How the engine offers calls: the numbers an operator may set. Where the plan of a queue says another, that holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of offering and wrapping up. All durations are seconds."""

    offer_seconds: int = 20
    """How long an agent's phone rings (goes to the switch with the offer)."""
    offer_guard_seconds: float = 5.0
    """How long after `offer_seconds` the engine waits for word of the switch before it gives the offer up itself."""
    wrap_up_seconds: int = 30
    """Wrap-up (话后处理) after a talk; 0: none."""
    wrap_up_limit_seconds: int = 600
    """Longest wrap-up that extensions can reach, counted from its begin."""
    missed_offers_to_pause: int = 2
    """Offers missed one after another (busy, rejected, no answer) that put the agent on pause."""
    cool_down_seconds: float = 3.0
    """After a failed offer the agent is passed over this long, so that others get the call first."""
    release_seconds: float = 2.0
    """After a cancelled offer the agent is passed over until his phone is seen free, at most this long."""
    trace_candidates: int = 3
    """Ready agents named one by one in a decision trace; the others are counted by state."""
    trace_everyone: int = 24
    """When no more agents than this serve a queue, the trace names each of them with what spoke against him."""
