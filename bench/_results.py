"""Figures of a measurement, kept in bench/results/ with the circumstances they were taken in."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def keep(name: str, figures: Mapping[str, object]) -> Path:
    """Write `results/<name>.json` and return its path."""
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / f"{name}.json"
    kept.write_text(json.dumps({**_circumstances(), "figures": figures}, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return kept


def _circumstances() -> dict[str, object]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
