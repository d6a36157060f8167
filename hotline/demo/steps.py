"""Prints each step as it happens, and keeps count of what was observed and what was not."""

import time
from dataclasses import dataclass, field

from rich.console import Console


class NotObserved(Exception):  # noqa: N818 - reads as the sentence "raise NotObserved"
    """A step of the main job was not seen in the real parts."""


@dataclass(slots=True)
class Steps:
    """The running account of the demo."""

    console: Console
    started: float = field(default_factory=time.monotonic)
    observed: int = 0

    def part(self, title: str) -> None:
        """Begin a part of the demo."""
        self.console.print(f"\n[bold]{title}[/]")

    def seen(self, what: str, where: str = "") -> None:
        """Report a step that was observed, and where it was seen."""
        self.observed += 1
        seconds = time.monotonic() - self.started
        self.console.print(
            f"[dim]{seconds:7.2f}s[/] [green]✓[/] {what}" + (f" [dim]← {where}[/]" if where else ""), highlight=False
        )

    def note(self, what: str) -> None:
        """Say what is going on without claiming anything."""
        seconds = time.monotonic() - self.started
        self.console.print(f"[dim]{seconds:7.2f}s   {what}[/]", highlight=False)

    def require(self, holds: bool, what: str, where: str = "", *, else_: str) -> None:
        """Report `what` as observed when it holds.

        Raises:
            NotObserved: it does not; `else_` says what was seen instead.
        """
        if not holds:
            raise NotObserved(f"{what}:{else_}")
        self.seen(what, where)
