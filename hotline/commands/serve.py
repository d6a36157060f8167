"""`hotline serve`."""

import asyncio

from core import logs
from core.settings import load_settings


def run(role: str | None) -> None:
    """Run all roles under a supervisor, or one role in this process."""
    settings = load_settings()
    logs.setup(settings.log_format)
    if role is not None:
        from hotline.roles.run import run_role

        asyncio.run(run_role(settings, role))
        return
    from core.secrets import Secrets
    from hotline.local_parts import LocalParts
    from hotline.process import only_one
    from hotline.supervisor import Supervisor

    secrets = Secrets.load(settings.home)
    with only_one("supervisor", settings.home):
        asyncio.run(Supervisor(LocalParts(settings, secrets)).run())
