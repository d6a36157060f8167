"""The states of a ticket and the events of its ledger, with their Chinese names."""

from enum import StrEnum


class TicketState(StrEnum):
    """Where a ticket stands; the value is stored, `.label` is shown."""

    DRAFT = "draft"
    ACCEPTED = "accepted"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    DISPATCHED = "dispatched"
    SIGNED = "signed"
    IN_APPROVAL = "in_approval"
    RETURN_PENDING = "return_pending"
    RETURNED = "returned"
    ANSWERED = "answered"
    CLOSED = "closed"
    REWORK = "rework"
    REJECTED = "rejected"
    MERGED = "merged"
    HANDED_UP = "handed_up"
    ARCHIVED = "archived"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return _STATE_LABELS[self]


class TicketEvent(StrEnum):
    """What happens to a ticket; the value is stored in the ledger."""

    OPENED = "opened"
    EDITED = "edited"
    ACCEPTED = "accepted"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    DISAPPROVED = "disapproved"
    REJECTED = "rejected"
    ANSWERED_DIRECTLY = "answered_directly"
    TRANSFERRED = "transferred"
    EMERGENCY_LINKED = "emergency_linked"
    """An agent called an emergency or utility line into the call (YC-15)."""
    DISPATCHED = "dispatched"
    REDISPATCHED = "redispatched"
    SIGNED = "signed"
    ANSWERED = "answered"
    SENT_BACK = "sent_back"
    RETURN_ASKED = "return_asked"
    RETURN_EFFECTIVE = "return_effective"
    RETURN_APPROVED = "return_approved"
    RETURN_REFUSED = "return_refused"
    RETURN_REFUSED_UNSIGNED = "return_refused_unsigned"
    RETURN_OUT_OF_SCOPE = "return_out_of_scope"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_FILED = "extension_filed"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    REPEATED = "repeated"
    MARKED_HARD = "marked_hard"
    PHONE_SUPERVISED = "phone_supervised"
    CLOSED = "closed"
    RATED = "rated"
    REWORK_DISPATCHED = "rework_dispatched"
    SUPERVISED = "supervised"
    SURVEY_SETTLED = "survey_settled"
    ARCHIVED = "archived"
    REVEALED = "revealed"
    WARNED = "warned"
    OVERDUE = "overdue"
    RECOMPUTED = "recomputed"
    CONTACTED = "contacted"
    PRELIMINARY = "preliminary"
    URGED = "urged"
    SUPPLEMENTED = "supplemented"
    MADE_SAFE = "made_safe"
    COORDINATED = "coordinated"
    ASSISTED = "assisted"
    FORWARDED = "forwarded"
    SHARE_SIGNED = "share_signed"
    SHARE_ANSWERED = "share_answered"
    SHARE_SENT_BACK = "share_sent_back"
    SHARE_RETURNED = "share_returned"
    LINKED = "linked"
    MERGED = "merged"
    NOTICE_ISSUED = "notice_issued"
    ROUTED = "routed"
    HAZARD_FOUND = "hazard_found"
    FACT_NOTED = "fact_noted"
    PUBLICATION_DECIDED = "publication_decided"
    ATTACHED = "attached"
    ATTACHMENT_ERASED = "attachment_erased"
    LEADER_ASKED = "leader_asked"
    HANDLER_FIXED = "handler_fixed"
    ANSWER_PROPOSED = "answer_proposed"
    ANSWER_DECLINED = "answer_declined"
    VERIFIED = "verified"
    RECTIFY_ORDERED = "rectify_ordered"
    RECTIFIED = "rectified"
    RECHECK_ORDERED = "recheck_ordered"
    CONTACTED_AGAIN = "contacted_again"
    CONTACTS_ENDED = "contacts_ended"
    UNIT_TELEPHONED = "unit_telephoned"
    ADOPTION_DECIDED = "adoption_decided"
    MARKED_IMPORTANT = "marked_important"
    RETALIATION_REPORTED = "retaliation_reported"
    CASE_SEALED = "case_sealed"
    HANDED_UP = "handed_up"
    UPPER_RECEIVED = "upper_received"
    UPPER_REPORTED = "upper_reported"
    UPPER_RETURNED = "upper_returned"
    UPPER_CLOSED = "upper_closed"

    @property
    def label(self) -> str:
        """The event in Chinese."""
        return _EVENT_LABELS[self]


_STATE_LABELS = {
    TicketState.DRAFT: "草稿",
    TicketState.ACCEPTED: "已受理",
    TicketState.AWAITING_APPROVAL: "待呈批",
    TicketState.APPROVED: "已批准待派发",
    TicketState.DISPATCHED: "已派发待签收",
    TicketState.SIGNED: "已签收办理中",
    TicketState.IN_APPROVAL: "单位内部待审签",
    TicketState.RETURN_PENDING: "退回待审",
    TicketState.RETURNED: "已退回待改派",
    TicketState.ANSWERED: "已答复待审核",
    TicketState.CLOSED: "已办结",
    TicketState.REWORK: "重新办理待签收",
    TicketState.REJECTED: "不予受理",
    TicketState.MERGED: "已合并",
    TicketState.HANDED_UP: "已移交上级平台",
    TicketState.ARCHIVED: "已归档",
}

_EVENT_LABELS = {
    TicketEvent.OPENED: "建立工单",
    TicketEvent.EDITED: "编辑",
    TicketEvent.ACCEPTED: "受理",
    TicketEvent.SUBMITTED: "受理并呈批",
    TicketEvent.APPROVED: "批准派发",
    TicketEvent.DISAPPROVED: "不批准",
    TicketEvent.REJECTED: "不予受理",
    TicketEvent.ANSWERED_DIRECTLY: "即时答复办结",
    TicketEvent.TRANSFERRED: "电话转办",
    TicketEvent.EMERGENCY_LINKED: "紧急联动",
    TicketEvent.DISPATCHED: "派发",
    TicketEvent.REDISPATCHED: "改派",
    TicketEvent.SIGNED: "签收",
    TicketEvent.ANSWERED: "答复",
    TicketEvent.SENT_BACK: "审核退回补充",
    TicketEvent.RETURN_ASKED: "申请退回",
    TicketEvent.RETURN_EFFECTIVE: "退回",
    TicketEvent.RETURN_APPROVED: "同意退回",
    TicketEvent.RETURN_REFUSED: "不同意退回",
    TicketEvent.RETURN_REFUSED_UNSIGNED: "不同意退回(未签收)",
    TicketEvent.RETURN_OUT_OF_SCOPE: "退回并不予受理",
    TicketEvent.EXTENSION_ASKED: "申请延期",
    TicketEvent.EXTENSION_FILED: "延期报备",
    TicketEvent.EXTENSION_GRANTED: "批准延期",
    TicketEvent.EXTENSION_REFUSED: "不批准延期",
    TicketEvent.REPEATED: "重复来电",
    TicketEvent.MARKED_HARD: "认定疑难复杂",
    TicketEvent.PHONE_SUPERVISED: "电话督办",
    TicketEvent.CLOSED: "办结",
    TicketEvent.RATED: "评价",
    TicketEvent.REWORK_DISPATCHED: "重新办理",
    TicketEvent.SUPERVISED: "列入督办台账",
    TicketEvent.SURVEY_SETTLED: "回访完成",
    TicketEvent.ARCHIVED: "归档",
    TicketEvent.REVEALED: "查看个人信息",
    TicketEvent.WARNED: "黄牌预警",
    TicketEvent.OVERDUE: "超期",
    TicketEvent.RECOMPUTED: "期限重新计算",
    TicketEvent.CONTACTED: "联系诉求人",
    TicketEvent.PRELIMINARY: "初步处置意见",
    TicketEvent.URGED: "催办",
    TicketEvent.SUPPLEMENTED: "补充信息",
    TicketEvent.MADE_SAFE: "简易处理",
    TicketEvent.COORDINATED: "协调会商",
    TicketEvent.ASSISTED: "指定协办",
    TicketEvent.FORWARDED: "转派下级",
    TicketEvent.SHARE_SIGNED: "协办(下级)签收",
    TicketEvent.SHARE_ANSWERED: "协办(下级)反馈",
    TicketEvent.SHARE_SENT_BACK: "协办(下级)反馈退回",
    TicketEvent.SHARE_RETURNED: "协办(下级)退回",
    TicketEvent.LINKED: "并入同一诉求",
    TicketEvent.MERGED: "合并重复工单",
    TicketEvent.NOTICE_ISSUED: "下发督办文书",
    TicketEvent.ROUTED: "分办研判",
    TicketEvent.HAZARD_FOUND: "发现安全隐患",
    TicketEvent.FACT_NOTED: "认定督办情形",
    TicketEvent.PUBLICATION_DECIDED: "公开审核",
    TicketEvent.ATTACHED: "添加附件",
    TicketEvent.ATTACHMENT_ERASED: "附件到期删除",
    TicketEvent.LEADER_ASKED: "呈报领导",
    TicketEvent.HANDLER_FIXED: "明确承办科室和经办人",
    TicketEvent.ANSWER_PROPOSED: "拟答复送审",
    TicketEvent.ANSWER_DECLINED: "拟答复退改",
    TicketEvent.VERIFIED: "核实",
    TicketEvent.RECTIFY_ORDERED: "责令整改",
    TicketEvent.RECTIFIED: "整改反馈",
    TicketEvent.RECHECK_ORDERED: "安排回访复核",
    TicketEvent.CONTACTED_AGAIN: "定期联系诉求人",
    TicketEvent.CONTACTS_ENDED: "结束定期联系",
    TicketEvent.UNIT_TELEPHONED: "电话告知承办单位",
    TicketEvent.ADOPTION_DECIDED: "建议采纳情况",
    TicketEvent.MARKED_IMPORTANT: "列为重要诉求",
    TicketEvent.RETALIATION_REPORTED: "反映打击报复",
    TicketEvent.CASE_SEALED: "封存案卷",
    TicketEvent.HANDED_UP: "移交上级平台",
    TicketEvent.UPPER_RECEIVED: "上级平台签收",
    TicketEvent.UPPER_REPORTED: "上级平台反馈进展",
    TicketEvent.UPPER_RETURNED: "上级平台退回",
    TicketEvent.UPPER_CLOSED: "上级平台办结",
}
