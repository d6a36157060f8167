"""Which sounds tell a caller where his call goes (YC-12)."""

from asterisk import config
from core.settings import Settings


def announcement(settings: Settings, number: str) -> str:
    """Return the sounds for a transfer to `number` (`back`: to our own seats), joined by `&` as Playback wants them.

    A number with an announcement of its own is named; another one is read digit by digit.
    """
    known = {sound.stem for sound in config.sounds()}
    if f"transfer-{number}" in known:
        names = [f"transfer-{number}"]
    else:
        names = ["transfer-other", *(f"digit-{digit}" for digit in number if digit.isdigit())]
    place = f"{config.inner_root(settings)}/sounds/zh"
    return "&".join(f"{place}/{name}" for name in names if name in known)
