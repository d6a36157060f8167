"""What the switch has that a plan of queues may name: announcements (shipped and the centre's own), trunks."""

from asterisk import config, partners
from core.settings import Settings
from routing.plan.check_switch import SwitchParts


def switch_parts(settings: Settings) -> SwitchParts:
    """Return them as they are in the files now.

    Raises:
        InvalidInput: `partners.toml` cannot be read.
    """
    own = settings.home / "sounds"
    announcements = {path.stem for path in config.sounds() if path.suffix == ".alaw"}
    announcements |= {path.stem for path in own.glob("*") if path.is_file()}
    return SwitchParts(announcements, {one.name for one in partners.load(settings.home)})
