"""Who served which caller last, as the engine itself saw it: known at once when he calls again."""

from collections import OrderedDict

_REMEMBERED = 50_000
"""Callers remembered; a large city has this many in a day."""


class LastAgents:
    """The last agent of each caller, by the keyed hash of his number; who was not seen longest is forgotten first."""

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self._limit = limit
        self._agents: OrderedDict[str, str] = OrderedDict()

    def note(self, caller_key: str, agent_id: str) -> None:
        """Remember that the agent talks with the caller; a caller without a key is nobody in particular."""
        if not caller_key:
            return
        self._agents[caller_key] = agent_id
        self._agents.move_to_end(caller_key)
        if len(self._agents) > self._limit:
            self._agents.popitem(last=False)

    def of(self, caller_key: str) -> str:
        """Return the agent who served the caller last; empty: not known."""
        return self._agents.get(caller_key, "") if caller_key else ""
