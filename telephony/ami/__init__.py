"""The hardened AMI link: panoramisk's protocol with every known trap of `facts/telephony.md` cured."""

from telephony.ami.link import AmiLink, LinkDown, LinkUp
from telephony.ami.message import AmiMessage, SwitchRefused

__all__ = ["AmiLink", "AmiMessage", "LinkDown", "LinkUp", "SwitchRefused"]
