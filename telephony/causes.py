"""Why a leg ended: Q.850 causes and SIP codes to `HangupReason` (pure)."""

from telephony.events import HangupReason

_BY_SIP = {
    486: HangupReason.BUSY,
    600: HangupReason.BUSY,
    603: HangupReason.REJECTED,
    403: HangupReason.REJECTED,
    480: HangupReason.NO_ANSWER,
    408: HangupReason.NO_ANSWER,
    487: HangupReason.CANCELLED,
}
_BY_Q850 = {
    17: HangupReason.BUSY,
    18: HangupReason.NO_ANSWER,
    19: HangupReason.NO_ANSWER,
    20: HangupReason.UNREGISTERED,
    21: HangupReason.REJECTED,
    26: HangupReason.CANCELLED,
}

_NO_CIRCUIT = 34
CANCEL_CAUSE = 26
"""Q.850 cause we give when we take an offer back (non-selected user)."""
NO_ANSWER_REASON = 3
"""Reason of OriginateResponse when the time to answer was over (AST_CONTROL_RINGING)."""


def reason_of(*, answered: bool, cause: int, sip_status: int = 0, timed_out: bool = False) -> HangupReason:
    """Classify the end of a leg.

    Args:
        answered: the phone had been answered.
        cause: Q.850 cause of the Hangup event.
        sip_status: SIP status that refused the call, 0 when none is known.
        timed_out: the switch gave up ringing.
    """
    if answered:
        return HangupReason.NORMAL
    if timed_out:
        return HangupReason.NO_ANSWER
    known = _BY_SIP.get(sip_status) or _BY_Q850.get(cause)
    if known is not None:
        return known
    if cause == _NO_CIRCUIT and not sip_status:
        return HangupReason.CONGESTED
    return HangupReason.CANCELLED if cause in {0, 16, 127} and not sip_status else HangupReason.FAILED
