"""Metrics in the text format of Prometheus, summed over all workers.

Each worker keeps its numbers in files that all of them map (``PROMETHEUS_MULTIPROC_DIR``, which the
server makes before it forks); whichever worker is asked adds them up. Without a server there is one
process, and its numbers are kept in memory. The library is imported by whoever makes metrics: it
looks at the environment as soon as it is imported.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from incidents_api import __version__
from incidents_api.storage.failures import Unusable
from incidents_api.storage.health import health
from incidents_api.storage.store import Store

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from incidents_api.web.observing import Seen

#: Where the workers' files are.
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
#: Up to how many seconds requests are counted together.
BUCKETS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)


class Metrics:
    """What is counted of requests, and how the database is.

    It is an observer of requests (``observing.Observer``).

    Args:
        store: The database whose state is told.

    """

    def __init__(self, store: Store) -> None:
        from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

        self._store = store
        self._own = CollectorRegistry()
        self._requests = Counter(
            "incidents_http_requests",
            "Requests that were answered, by route, method and class of status.",
            ("route", "method", "status"),
            registry=self._own,
        )
        self._seconds = Histogram(
            "incidents_http_request_duration_seconds",
            "Time until the answer was made; of a stream, until it was sent.",
            ("route",),
            buckets=BUCKETS,
            registry=self._own,
        )
        self._in_flight = Gauge(
            "incidents_http_requests_in_flight",
            "Requests that are being answered.",
            multiprocess_mode="livesum",
            registry=self._own,
        )
        self._children: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def begin(self) -> None:
        """Count a request that has come."""
        self._in_flight.inc()

    def end(self, seen: "Seen") -> None:
        """Count a request that has been answered."""
        self._in_flight.dec()
        key = (seen.route, seen.method, seen.status // 100)
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = self._child(*key)
        found[0].inc()
        found[1].observe(seen.seconds)

    def _child(self, route: str, method: str, kind: int) -> tuple[Any, Any]:
        counter = self._requests.labels(route, method, f"{kind}xx")
        return counter, self._seconds.labels(route)

    def collect(self) -> Iterator["Metric"]:
        """Yield what the database is like now; that it cannot be used, where it cannot."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        words = "Which program answers."
        info = GaugeMetricFamily("incidents_build_info", words, labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        try:
            found = health(self._store)
        except Unusable:
            found = None
        words = "1 if the database can be used, else 0."
        yield GaugeMetricFamily("incidents_ready", words, value=float(found is not None))
        if found is None:
            return
        words = "Transactions that were ever written to the database."
        yield CounterMetricFamily("incidents_transactions", words, value=found.seq)
        gauges = {
            "incidents_database_size_bytes": ("Size of the database.", found.database_bytes),
            "incidents_database_wal_size_bytes": ("Size of its log of writes.", found.wal_bytes),
            "incidents_disk_free_bytes": ("What the disk has left.", found.free_bytes),
            "incidents_writable": ("1 if the database may be written, else 0.", found.writable),
        }
        for name, (words, value) in gauges.items():
            yield GaugeMetricFamily(name, words, value=float(value))
        if found.written_at:
            words = "When the last transaction was written."
            at = datetime.fromisoformat(found.written_at).timestamp()
            yield GaugeMetricFamily("incidents_last_write_timestamp_seconds", words, value=at)

    def text(self) -> bytes:
        """Return all metrics, of all workers."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        whole = CollectorRegistry()
        if FOLDER in os.environ:
            MultiProcessCollector(whole)  # type: ignore[no-untyped-call]
        else:
            whole.register(self._own)
        whole.register(self)
        return generate_latest(whole)
