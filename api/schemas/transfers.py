"""What the routes of transfers and hotlines take and give."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_NUMBER = r"^[0-9]{2,20}$"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TransferTo(_Model):
    """Whom to call into the talk."""

    number: str = Field(pattern=_NUMBER, description="热线、坐席或单位号码 / number of the hotline, agent or unit")
    kind: Literal["hotline", "agent"] = Field("hotline", description="热线目录中的号码或坐席话机 / directory or agent")
    reason: str = Field("", max_length=500, description="转接原因 / why")
    said: str = Field("", max_length=2000, description="诉求摘要,随转接说明推送 / summary that goes with the caller")
    ticket: str = Field("", max_length=64, description="工单编号 / number of the ticket")


class ToQueue(_Model):
    """Which queue the caller is sent to."""

    queue: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="队列 / queue")


class TalkLeg(_Model):
    """A party of a talk."""

    leg_id: str
    party: str
    endpoint: str
    room: str = Field(description="main 通话中,side 旁室,空为未入会 / main, side, or empty")
    answered: bool


class TalkNow(_Model):
    """Where everybody is."""

    call_id: str
    state: str
    queue: str
    dialled: str
    legs: list[TalkLeg]


class HotlineEntry(_Model):
    """An entry of the directory of hotlines."""

    number: str
    name: str
    mode: str
    mode_title: str
    subject: str
    trunk: str
    hours: str
    skills: list[str]
    status: str
    emergency: bool
    open_now: bool
    transferable: bool
    clause: str
    flag: str = Field(description="须由主管部门确认的矛盾 / contradiction to be settled")


class HotlinePage(_Model):
    """Entries of the directory."""

    items: list[HotlineEntry]


class TrafficOfNumber(_Model):
    """What became of one number."""

    number: str
    name: str = Field(description="热线名称;不在目录中的号码为空 / empty for a number that is no hotline")
    calls: int = Field(description="市民实际拨打次数(含运营商、伙伴转来的) / dialled, forwarded ones too")
    answered: int
    from_partners: int = Field(description="其中由伙伴转来 / transferred to us by partners")
    transfers: int = Field(description="我方转往该热线次数 / called into our talks")
    connected: int = Field(description="其中接通 / of them answered")


class Traffic(_Model):
    """Calls by the number really dialled; probe calls are not in it."""

    days: int
    items: list[TrafficOfNumber]


class Trunk(_Model):
    """One partner's trunk."""

    name: str
    transport: str
    srtp: bool
    asked: bool = Field(description="是否以 SIP OPTIONS 探测;否则无法得知对方是否在线 / asked by OPTIONS at all")
    up: bool
    refuses: bool = Field(description="有应答但拒绝我方呼叫(如 401、403) / answers, but refuses us")
    calls: int = Field(description="现有通话路数 / legs now")
    max_calls: int


class TrunkHealth(_Model):
    """Partners' trunks, and the endpoints of those that answer."""

    up: list[str]
    items: list[Trunk]
