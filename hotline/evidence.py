"""What recordings and surveys say of a ticket, for its case file."""

from collections.abc import Sequence
from datetime import datetime

from core.clock import LOCAL
from recordings.service import RecordingService
from surveys.service import SurveyService
from tickets.casefile.gather import Fact


class HouseEvidence:
    """Joins the rooms; nothing of it is sound, and nobody listens by it."""

    def __init__(self, recordings: RecordingService, surveys: SurveyService) -> None:
        self._recordings = recordings
        self._surveys = surveys

    async def recordings(self, call_ids: Sequence[str]) -> Sequence[Fact]:
        """Return the recordings of calls with their hashes."""
        found = [await self._recordings.for_call(call_id) for call_id in call_ids]
        return [
            {
                "录音": one.id, "通话": one.call_id, "状态": str(one.state), "开始": _told(one.started_at),
                "秒数": None if one.seconds is None else f"{one.seconds:.1f}", "SHA-256": one.sha256,
                "保存至": None if one.keep_until is None else f"{one.keep_until}({one.keep_clause})",
                "删除": _told(one.erased_at),
            }
            for one in found if one is not None
        ]  # fmt: skip

    async def callbacks(self, ticket_id: str) -> Sequence[Fact]:
        """Return what the citizen was asked and answered, by round of handling."""
        return [
            {
                "轮次": str(one.round), "状态": one.state, "发起": _told(one.opened_at), "评价": one.rating,
                "评价时间": _told(one.rated_at), "结论": one.step, "不计入满意率": "是" if one.excluded else None,
            }
            for one in await self._surveys.surveys(ticket_id)
        ]  # fmt: skip


def _told(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(LOCAL):%Y-%m-%d %H:%M}"
