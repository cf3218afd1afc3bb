"""What is counted and measured, in Prometheus' words; each process has its own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.5, 1.0, 2.5, 5.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counters and histograms of one process, on a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._entitlement = Histogram(
            "passes_entitlement_seconds",
            "From hearing that a payment succeeded to passes, code and feed being there",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._failed = Counter(
            "passes_payments_failed",
            "Payments that did not go through",
            ["provider", "code"],
            registry=self._registry,
        )
        self._retried = Counter(
            "passes_payments_succeeded_after_failure",
            "Payments that went through after one of the same order had failed",
            ["provider"],
            registry=self._registry,
        )
        self._holds = Counter(
            "passes_holds", "Answers to who asked for places", ["answer"], registry=self._registry
        )
        self._mended = Counter(
            "passes_reconciliation_mended",
            "Disagreements between a provider and the book that were found and mended",
            ["kind"],
            registry=self._registry,
        )

    def entitled(self, seconds: float) -> None:
        """Note how long our own part took from a confirmed payment to its passes."""
        self._entitlement.observe(seconds)

    def failed(self, provider: str, code: str) -> None:
        """Count a payment that failed."""
        self._failed.labels(provider, code).inc()

    def retried(self, provider: str) -> None:
        """Count a payment that succeeded after a failure."""
        self._retried.labels(provider).inc()

    def held(self, answer: str, count: int = 1) -> None:
        """Count answers to holds: `held`, or the code of the refusal."""
        self._holds.labels(answer).inc(count)

    def mended(self, kind: str) -> None:
        """Count a disagreement that was found and mended."""
        self._mended.labels(kind).inc()

    def text(self) -> bytes:
        """Return all of it as Prometheus reads it."""
        return generate_latest(self._registry)
