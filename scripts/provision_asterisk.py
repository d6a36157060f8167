"""Makes Asterisk's root file system where the settings want it; run by scripts/setup.sh."""

import sys

from asterisk import provision
from core.errors import PartUnavailable
from core.settings import load_settings


def main() -> int:
    """Return the exit code; progress and the remedy are printed."""
    try:
        provision.provision(load_settings().asterisk.rootfs, lambda line: print(line, flush=True))
    except PartUnavailable as error:
        print(error.message, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
