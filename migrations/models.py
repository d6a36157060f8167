"""Every table of the platform: imports the modules that declare them so that `core.database.Base.metadata` is whole."""

import importlib
from collections.abc import Iterable

MODULES = (
    "api.access",
    "api.accounts.model",
    "api.idempotency",
    "asr.knowledge.model",
    "asr.model",
    "core.outbox_model",
    "recordings.model",
    "routing.callers.model",
    "routing.figures.model",
    "routing.model",
    "surveys.model",
    "telephony.model",
    "telephony.probes.model",
    "telephony.supervision.model",
    "tickets.assessment.model",
    "tickets.attachments.model",
    "tickets.campaigns.model",
    "tickets.directives.model",
    "tickets.casefile.model",
    "tickets.documents.model",
    "tickets.exchange.model",
    "tickets.exports.model",
    "tickets.lists.model",
    "tickets.model",
    "tickets.oversight.model",
    "tickets.people.model",
    "tickets.reports.model",
    "tickets.sanctions.model",
    "tickets.search.model",
    "tickets.verifying.model",
)


def import_models(modules: Iterable[str] = MODULES) -> None:
    """Import the modules that declare tables."""
    for module in modules:
        importlib.import_module(module)
