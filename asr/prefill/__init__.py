"""Fields of the ticket, proposed from what was said. Pure: (utterances) → proposals; nothing is looked up or kept."""

from asr.prefill.proposals import Proposal, Said
from asr.prefill.propose import propose

__all__ = ["Proposal", "Said", "propose"]
