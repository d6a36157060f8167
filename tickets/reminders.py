"""What a unit is told by message. Pure."""

from core.clock import LOCAL
from tickets.events import UnitReminder

_WHY = {
    "dispatched": "有新工单待签收",
    "unsigned": "有工单尚未签收",
    "urged": "工单被催办",
    "near_due": "工单即将到期",
    "overdue": "工单已超期",
    "notice": "收到督办文书",
    "urgent": "有紧急工单,请立即签收处置",
    "province": "有省级工单待签收",
    "rectify": "有整改任务",
    "contact_again": "请再次联系诉求人",
    "approval": "有事项待审批",
    "report": "有报告待报送",
}


def reminder_words(reminder: UnitReminder) -> str:
    """Return the text message; it names the ticket by its number only."""
    due = f",办理期限{reminder.due_at.astimezone(LOCAL):%m月%d日%H:%M}" if reminder.due_at else ""
    return f"【12345】{_WHY.get(reminder.why, '请查看工单')}:{reminder.number}{due}。"
