"""A plan from TOML or JSON, or its refusal with every fault: where, why, and what to do about it."""

import json
import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import ValidationError

from core.errors import HotlineError
from routing.plan.check import Problem, problems_of
from routing.plan.check_switch import SwitchParts
from routing.plan.document import Plan
from routing.plan.lines import Path, line_of, lines_of

Document = str | Mapping[str, Any]
"""TOML as text, or the same as JSON's objects."""

_REASONS: dict[str, tuple[str, str]] = {
    "missing": ("缺少必填项", "补上该项"),
    "extra_forbidden": ("不认识的项", "检查拼写或删除该项"),
    "string_pattern_mismatch": ("格式不符", "名称用小写字母开头,只含小写字母、数字、_、-;号码只含数字"),
    "int_parsing": ("须为整数", "改为整数"),
    "int_type": ("须为整数", "改为整数"),
    "int_from_float": ("须为整数", "改为整数"),
    "bool_type": ("须为 true 或 false", "改为 true 或 false"),
    "bool_parsing": ("须为 true 或 false", "改为 true 或 false"),
    "string_type": ("须为文字", "给值加上引号"),
    "too_short": ("不能为空", "至少写一项"),
    "string_too_short": ("不能为空", "填写内容"),
    "string_too_long": ("文字过长", "缩短到 40 个字以内"),
    "date_from_datetime_parsing": ("日期不正确", "写作 2026-02-17"),
    "date_parsing": ("日期不正确", "写作 2026-02-17"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a plan that cannot be."""

    path: str
    """Where in the document: `queues[1].overflow[0].target`."""
    line: int | None
    """Line of the TOML text, from 1; None for JSON."""
    reason: str
    remedy: str

    def __str__(self) -> str:
        """One line for people."""
        where = f"第{self.line}行 " if self.line is not None else ""
        return f"{where}{self.path}:{self.reason}。处理办法:{self.remedy}"


class PlanRefused(HotlineError):  # noqa: N818
    """A plan of queues is not taken; nothing was changed. `detail["faults"]` holds every `Fault`."""

    code = "plan_refused"
    status = 422

    def __init__(self, faults: list[Fault]) -> None:
        told = "\n".join(f"  {fault}" for fault in faults)
        super().__init__(
            f"排队方案有 {len(faults)} 处错误,未采用:\n{told}", detail={"faults": [asdict(one) for one in faults]}
        )
        self.faults = faults


def read_plan(document: Document, agents: Collection[str] | None = None, switch: SwitchParts | None = None) -> Plan:
    """Return the plan in the document.

    Args:
        document: TOML text, or JSON's objects.
        agents: numbers of the active agents; None: not known, no agent is doubted.
        switch: announcements and trunks that there are; None: not known, none is doubted.

    Raises:
        PlanRefused: the document has faults.
    """
    lines = lines_of(document) if isinstance(document, str) else {}
    plan, faults = _shaped(_parsed(document), lines)
    if plan is not None:
        faults = [_fault(one, lines) for one in problems_of(plan, agents, switch)]
        if not faults:
            return plan
    raise PlanRefused(sorted(faults, key=lambda fault: fault.line or 0))


def document_of(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON's objects, complete with defaults; `read_plan` takes them again."""
    document: dict[str, Any] = json.loads(plan.model_dump_json(exclude={"agents": {"__all__": {"agent_id"}}}))
    return document


def _parsed(document: Document) -> Mapping[str, Any]:
    if not isinstance(document, str):
        return document
    try:
        return tomllib.loads(document)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at.group(1)) if at else len(document.splitlines())
        twice = "overwrite" in str(error)
        reason = "同一项写了两次" if twice else f"不是有效的 TOML({error})"
        raise PlanRefused(
            [Fault("", line, reason, "删去其中一处" if twice else "检查该行的引号、括号和等号")]
        ) from error


def _shaped(values: Mapping[str, Any], lines: dict[Path, int]) -> tuple[Plan | None, list[Fault]]:
    if isinstance(agents := values.get("agents"), list | tuple) and any(
        isinstance(one, Mapping) and "agent_id" in one for one in agents
    ):
        return None, [Fault("agents", line_of(("agents",), lines), "不得写入 agent_id", "用 number 写坐席号码")]
    try:
        return Plan.model_validate(values), []
    except ValidationError as error:
        found = [_problem(one) for one in error.errors(include_url=False)]
        # a list whose elements are wrong counts as too short besides
        inner = {one.path[:length] for one in found for length in range(1, len(one.path))}
        return None, [_fault(one, lines) for one in found if one.path not in inner]


def _problem(error: Any) -> Problem:
    path = tuple(part for part in error["loc"] if part != "[key]")
    kind, context = error["type"], error.get("ctx", {})
    if kind in _REASONS:
        return Problem(path, *_REASONS[kind])
    if kind == "greater_than_equal":
        return Problem(path, f"不得小于 {context['ge']}", "改为范围内的值")
    if kind == "less_than_equal":
        return Problem(path, f"不得大于 {context['le']}", "改为范围内的值")
    if kind in ("enum", "literal_error"):
        return Problem(path, f"只能是 {context['expected'].replace(' or ', ', ').replace(', ', '、')}", "改为其中之一")
    if kind == "value_error":
        return Problem(path, str(context["error"]), "改正该值")
    return Problem(path, f"值的类型不正确({kind})", "对照 routing/plan/default.toml 改正")


def _fault(problem: Problem, lines: dict[Path, int]) -> Fault:
    told = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in problem.path).lstrip(".")
    return Fault(told, line_of(problem.path, lines), problem.reason, problem.remedy)
