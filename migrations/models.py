"""Every table of the platform: imports each room's model module so that `core.database.Base.metadata` is whole."""

import importlib
import importlib.util
from collections.abc import Iterable

ROOMS = ("api", "asr", "recordings", "routing", "surveys", "telephony", "tickets")


def import_models(rooms: Iterable[str] = ROOMS) -> None:
    """Import the model modules of these rooms; rooms without tables have none."""
    importlib.import_module("core.outbox_model")
    importlib.import_module("api.accounts.model")
    for room in rooms:
        if importlib.util.find_spec(f"{room}.model") is not None:
            importlib.import_module(f"{room}.model")
