"""Registrations of phones, from AMI events (pure)."""

from datetime import datetime

from telephony.ami.message import AmiMessage
from telephony.events import CallFact, PhoneSeen


class Contacts:
    """Remembers the address of each phone as last registered."""

    def __init__(self) -> None:
        self._addresses: dict[str, str] = {}

    def read(self, event: AmiMessage, at: datetime) -> list[CallFact]:
        """Read a ContactStatus; who registers from another port has two: the new address comes, the old one goes."""
        endpoint, address = event.get("EndpointName") or event.get("AOR"), event.get("URI")
        if not endpoint:
            return []
        if event.get("ContactStatus") != "Removed":
            self._addresses[endpoint] = address
            return [PhoneSeen(endpoint, registered=True, at=at)]
        if self._addresses.get(endpoint, address) != address:
            return []
        self._addresses.pop(endpoint, None)
        return [PhoneSeen(endpoint, registered=False, at=at)]
