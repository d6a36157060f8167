"""Runs every measurement of this room: `python -m bench [NAME…]`; tables on the terminal, figures in bench/results/.

A measurement is a module of this room: it prints its table and, as its last line, one JSON object of its figures.
"""

import json
import subprocess
import sys
from pathlib import Path
from pkgutil import iter_modules

from bench._results import keep

ROOM = Path(__file__).parent


def modules() -> list[str]:
    """Return the names of the measurements."""
    return sorted(module.name for module in iter_modules([str(ROOM)]) if not module.name.startswith("_"))


def measure(name: str) -> bool:
    """Run one measurement in a process of its own and keep its figures; tell whether it ended well."""
    print(f"\n== {name}", flush=True)
    with subprocess.Popen([sys.executable, "-m", f"bench.{name}"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        last = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    figures = _figures(last)
    if process.returncode != 0 or figures is None:
        print(f"{name}: ended with {process.returncode}, without figures", file=sys.stderr)
        return False
    kept = keep(name, figures)
    print(f"-> {kept.relative_to(Path.cwd()) if kept.is_relative_to(Path.cwd()) else kept}")
    return True


def _figures(line: str) -> dict[str, object] | None:
    try:
        figures = json.loads(line)
    except ValueError:
        return None
    return figures if isinstance(figures, dict) else None


def main() -> int:
    """Run the measurements named, or all; return the exit code."""
    known = modules()
    wanted = sys.argv[1:] or known
    if unknown := [name for name in wanted if name not in known]:
        print(f"no measurement {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    results = [measure(name) for name in wanted]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
