"""What the interface counts, for Prometheus (`/metrics`). Labels never carry ids, names or numbers of people."""

from collections.abc import Iterable
from datetime import timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from asr.acceptance import FieldAcceptance

PROPOSALS_SHOWN = timedelta(days=30)
"""How far back judged proposals are counted: all of them, at each scrape, would cost more with every year."""
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """The collectors of one application, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "hotline_http_requests", "Requests answered", ("method", "operation", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "hotline_http_request_seconds", "Time to answer", ("method", "operation"),
            buckets=_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self.faults = Counter("hotline_http_faults", "Requests answered with 500", registry=self.registry)
        self.sign_ons = Counter("hotline_sign_ons", "Attempts to sign on", ("outcome",), registry=self.registry)
        self.live_clients = Gauge("hotline_live_clients", "Desktops on the live push", registry=self.registry)
        self.live_pushed = Counter("hotline_live_pushed", "Messages put in clients' queues", registry=self.registry)
        self.live_dropped = Counter("hotline_live_dropped", "Clients dropped as too slow", registry=self.registry)
        self.live_partials_dropped = Counter(
            "hotline_live_partials_dropped", "Partial transcripts kept from clients that fell behind",
            registry=self.registry,
        )  # fmt: skip
        self.part_up = Gauge("hotline_part_up", "1: the part works (last look)", ("part",), registry=self.registry)
        self.outbox = Gauge(
            "hotline_outbox_messages", "Messages that wait (pending) or were given up (dead)", ("state",),
            registry=self.registry,
        )  # fmt: skip
        self.proposals = Gauge(
            "hotline_prefill_proposals", "Proposals judged by what stands on the ticket, last 30 days",
            ("field", "outcome"), registry=self.registry,
        )  # fmt: skip

    def count_proposals(self, rates: Iterable[FieldAcceptance]) -> None:
        """Show what became of the proposals of `PROPOSALS_SHOWN`, by field; a field without any shows nothing."""
        self.proposals.clear()
        for one in rates:
            for outcome in ("kept", "edited", "replaced", "left_out"):
                self.proposals.labels(one.field, outcome).set(getattr(one, outcome))
