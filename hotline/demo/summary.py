"""The table at the end: what was said and understood, what was kept, what became of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from asr.cer import error_rate
from hotline.demo.conversation import Spoken
from hotline.demo.matter import local

_SPEAKERS = {"caller": "市民", "agent": "坐席"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the demo ends with."""

    spoken: list[Spoken]
    transcript: list[dict[str, Any]]
    suggestions: list[dict[str, Any]]
    recording: dict[str, Any]
    file: Path
    ticket: dict[str, Any]
    duties: list[dict[str, Any]]


def transcripts(outcome: Outcome) -> list[tuple[str, str, str, float]]:
    """Return for each speaker: title, what was said, what was understood, character error rate in %."""
    rows = []
    for speaker, title in _SPEAKERS.items():
        said = "".join(one.line.text for one in outcome.spoken if one.line.speaker == speaker)
        heard = "".join(one["text"] for one in outcome.transcript if one["speaker"] == speaker)
        rows.append((title, said, heard, error_rate([(said, heard)]).percent))
    return rows


def show(outcome: Outcome, console: Console, recogniser: str) -> None:
    """Print the summary."""
    speech = Table(title=f"谁说了什么(识别:{recogniser})", title_justify="left", show_lines=True)
    for column in ("说话人", "实际所说", "转写", "字错误率"):
        speech.add_column(column, overflow="fold")
    for title, said, heard, rate in transcripts(outcome):
        speech.add_row(title, said, heard, f"{rate:.1f} %")
    console.print(speech)

    fields = Table(title="预填字段及其依据的原话", title_justify="left")
    for column in ("字段", "建议值", "依据", "置信度"):
        fields.add_column(column, overflow="fold")
    for one in outcome.suggestions:
        fields.add_row(one["field"], one["value"], one["words"], f"{one['confidence']:.2f}")
    console.print(fields)

    ticket = outcome.ticket
    matter = Table(title="录音与工单", title_justify="left", show_header=False)
    matter.add_column(style="bold")
    matter.add_column(overflow="fold")
    matter.add_row("录音", f"{outcome.file}({outcome.recording['seconds']:.1f} 秒,左声道市民,右声道坐席)")
    matter.add_row("保存至", f"{outcome.recording['keep_until']}({outcome.recording['keep_clause']})")
    matter.add_row("工单", f"{ticket['number']} {ticket['state_label']},{ticket['unit_name']}")
    for duty in outcome.duties:
        matter.add_row(
            f"期限:{duty['label']}", f"{local(duty['due_at'])}({duty['clause']}) {';'.join(duty['counting'])}"
        )
    matter.add_row("评价", {"satisfied": "满意 (satisfied)"}.get(ticket["rating"], str(ticket["rating"])))
    console.print(matter)
