"""In which line of a TOML text a value stands: the parser of the standard library does not tell.

It reads a text that `tomllib` has taken as valid, so it need not judge, only find.
"""

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_STRING = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\])*\"|'[^']*'")


def lines_of(text: str) -> dict[Path, int]:
    """Return the line (from 1) of each table, key and element of an array in the text."""
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    array: _OpenArray | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = _STRING.sub('""', raw).split("#", 1)[0]
        if array is not None:
            array = array.go_on(line, number, found)
        elif header := _HEADER.match(raw):
            table = _table(header, counts)
            found.setdefault(table, number)
        elif key := _KEY.match(raw):
            path = table + tuple(_parts(key.group(1)))
            found[path] = number
            value = _STRING.sub('""', raw[key.end() :]).split("#", 1)[0].strip()
            if value.startswith("["):
                array = _OpenArray(path).go_on(value[1:], number, found)
    return found


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """Return the line of the value, or of the nearest thing around it; None: of nothing."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


class _OpenArray:
    """An array whose end is not seen yet: notes in which line each element begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._depth = 1
        self._index = 0
        self._begun = False

    def go_on(self, text: str, number: int, found: dict[Path, int]) -> "_OpenArray | None":
        """Read on; None when the array ends in this text."""
        for char in text:
            if char in "]}":
                self._depth -= 1
                if not self._depth:
                    return None
            elif char == "," and self._depth == 1:
                self._index += 1
                self._begun = False
            elif not char.isspace():
                if not self._begun:
                    self._begun = True
                    found[(*self._path, self._index)] = number
                self._depth += char in "[{"
        return self


def _parts(dotted: str) -> Iterator[str]:
    return (part.strip().strip("\"'") for part in dotted.split("."))


def _table(header: re.Match[str], counts: dict[Path, int]) -> Path:
    path: Path = ()
    names = list(_parts(header.group(2)))
    for depth, name in enumerate(names):
        path = (*path, name)
        if depth == len(names) - 1 and header.group(1) == "[[":
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path
