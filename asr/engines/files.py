"""Files of a model's directory."""

from pathlib import Path

from core.errors import PartUnavailable


def only(directory: Path, *patterns: str) -> Path:
    """Return the first file that matches the first pattern that matches any.

    Raises:
        PartUnavailable: none does.
    """
    for pattern in patterns:
        if found := sorted(directory.glob(pattern)):
            return found[0]
    raise PartUnavailable(
        "speech",
        f"语音模型目录 {directory} 中没有 {patterns[-1]}",
        remedy="运行 hotline models check 查看,或重新获取模型",
    )
