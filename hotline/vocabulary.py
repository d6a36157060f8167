"""Words that recognition should know of this centre: its units, and names and numbers of the hotlines it lists.

They are written to a word list which running recognition looks at by itself (`asr.pinyin.lexicon`): a unit that is
added or renamed is known half a minute later, without restart.
"""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path

import structlog

from core.errors import HotlineError
from core.settings import Settings
from hotline.hotlines import open_directory
from hotline.house import House
from hotline.tickets import ticket_service

log = structlog.get_logger(__name__)

FILE = "speech-directory.txt"
_LOOK_SECONDS = 30.0
_NAME = re.compile("[一-鿿]{2,}|[0-9]{3,11}")


def file_of(settings: Settings) -> Path:
    """Return where the list is kept."""
    return settings.home / FILE


def words_in(names: Iterable[str]) -> list[str]:
    """Return the words and numbers of some names, sorted; what stands in brackets is a word of its own."""
    return sorted({word for name in names for word in _NAME.findall(name)})


async def names(house: House) -> list[str]:
    """Return the names of all units, names and numbers of all hotlines."""
    units = [unit.name for unit in await ticket_service(house).units()]
    lines = open_directory(house.settings).all()
    return [*units, *(line.name for line in lines), *(line.number for line in lines)]


async def write(house: House) -> bool:
    """Write the list anew when it changed; tell whether it did."""
    words = words_in(await names(house))
    text = "\n".join(["# 由单位目录与热线目录生成,请勿修改", *words, ""])
    file = file_of(house.settings)
    if file.is_file() and file.read_text("utf-8") == text:
        return False
    beside = file.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(file)
    log.info("speech_words_changed", words=len(words))
    return True


async def keep(house: House) -> None:
    """Keep the list as units and directory are, until cancelled."""
    while True:
        await refresh(house)
        await asyncio.sleep(_LOOK_SECONDS)


async def refresh(house: House) -> None:
    """Write the list; a failure leaves the former one in force."""
    try:
        await write(house)
    except (HotlineError, OSError) as error:
        log.warning("speech_words_not_written", problem=type(error).__name__)
