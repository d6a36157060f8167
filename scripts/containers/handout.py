"""Makes the instance's secrets and hands each server its own, each in a volume that only that server sees.

Run once by the service `secrets` of docker-compose.yml, as root, before any server starts.
"""

import os
import secrets
from pathlib import Path

from core.secrets import Secrets

HANDOUT = Path(os.environ.get("HOTLINE_HANDOUT", "/handout"))
HOME = Path(os.environ["HOTLINE_HOME"])


def postgresql_password() -> str:
    """Return the database password, made at the first run and kept for libpq and asyncpg (`PGPASSFILE`)."""
    path = HOME / "pgpass"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"127.0.0.1:5432:hotline:hotline:{secrets.token_urlsafe(32)}\n")
    return path.read_text().strip().rpartition(":")[2]


def main() -> None:
    """Make what is missing; an instance that has its secrets keeps them."""
    own = Secrets.load_or_create(HOME)
    owner = HOME.stat()
    password = postgresql_password()
    for name in ("secrets.toml", "pgpass"):
        os.chown(HOME / name, owner.st_uid, owner.st_gid)
    for server, value in (
        ("postgresql", password),
        ("mosquitto", own.mqtt_password),
        ("valkey", own.redis_password),
    ):
        target = HANDOUT / server / "password"
        target.write_text(value)
        target.chmod(0o444)  # the volume is the fence: no other container has it


if __name__ == "__main__":
    main()
