"""Every table of the platform: imports each room's model module so that `core.database.Base.metadata` is whole."""

import importlib
import importlib.util

ROOMS = ("api", "asr", "recordings", "routing", "surveys", "telephony", "tickets")


def import_models() -> None:
    """Import the model modules; rooms without tables have none."""
    importlib.import_module("core.outbox_model")
    for room in ROOMS:
        if importlib.util.find_spec(f"{room}.model") is not None:
            importlib.import_module(f"{room}.model")
