"""Which people a unit must name, and who of them is told what. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tickets.profile_people import PeopleRules


class Post(StrEnum):
    """What a named person does for the unit; the value is stored."""

    HEAD = "head"
    LEADER = "leader"
    RECEIVER = "receiver"
    DUTY = "duty"
    PROVINCE = "province"

    @property
    def label(self) -> str:
        """The post in Chinese."""
        return _LABELS[self]


_LABELS = {
    Post.HEAD: "主要负责人",
    Post.LEADER: "分管领导",
    Post.RECEIVER: "受理转办人员",
    Post.DUTY: "非工作时间值班联系人",
    Post.PROVINCE: "省级工单专人",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a unit's record, and by which clause."""

    what: str
    """`department` or a `Post`."""
    words: str
    clause: str


def faults(rules: PeopleRules, kind: str, department: str | None, held: Sequence[Post]) -> tuple[Fault, ...]:
    """Return what a unit's record lacks or has too much of; none: it is valid (YC-9.1, CZ-四(一), YZ-8b).

    Args:
        rules: the profile's.
        kind: the unit's kind; some rules are for counties only.
        department: the department that does the work, if named.
        held: the post of each named person.
    """
    found: list[Fault] = []
    wanted = rules.department
    if wanted and not department and (not wanted.kinds or kind in wanted.kinds):
        found.append(Fault("department", "未明确具体承办科室", wanted.clause))
    count = Counter(held)
    for rule in rules.posts:
        post = Post(rule.post)
        if rule.kinds and kind not in rule.kinds:
            continue
        if count[post] < rule.least:
            found.append(Fault(post, f"{post.label}不少于{rule.least}名", rule.clause))
        if rule.most is not None and count[post] > rule.most:
            found.append(Fault(post, f"{post.label}不多于{rule.most}名", rule.clause))
    return tuple(found)


def posts_told(rules: PeopleRules, why: str, *, working: bool) -> tuple[Post, ...]:
    """Return who of a unit gets a text message.

    Args:
        rules: the profile's.
        why: why the unit is reminded (`tickets.events.UnitReminder`).
        working: whether the unit is at work now; what is sudden reaches the duty contact at any hour (JS-13b).
    """
    told = [Post.RECEIVER]
    if why in ("overdue", "approval"):
        told += [Post(post) for post in rules.escalates.value]
    if why == "urgent" and not working:
        told.append(Post.DUTY)
    if why == "province":
        told.append(Post.PROVINCE)
    return tuple(told)
