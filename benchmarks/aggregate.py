"""Counts and sums against their target P8: a look-up against adding a million incidents up.

``python -m benchmarks.aggregate --incidents 1000000 --db PATH`` makes a file of incidents by SQL,
each with casualties, a third of them unknown; keeps their sums; and asks for the killed by country,
kind of event and month: through the Flask test client, through the function below it, and as the
same plain query over the same rows in sqlite3. Incidents are spread as in UCDP GED: few countries
have most of them, and the kind of violence goes with the country.
"""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, Final

import click

from benchmarks.report import circumstances, met, show
from incidents_api.config import SETTINGS
from incidents_api.storage.aggregate_parameters import asked
from incidents_api.storage.aggregates import aggregate
from incidents_api.storage.connections import create
from incidents_api.storage.lists import Lists
from incidents_api.storage.migrations import build
from incidents_api.storage.store import Store
from incidents_api.storage.sums import Sums
from incidents_api.web import make_app

HEADINGS: Final = ("question", "groups", "ms", "of the plain query", "target", "")
COUNTRIES: Final = (
    "AFG", "AGO", "BDI", "CAF", "CMR", "COD", "COL", "DZA", "EGY", "ETH", "GTM", "IND", "IRQ",
    "LBN", "LBY", "LKA", "MEX", "MLI", "MMR", "MOZ", "NER", "NGA", "NPL", "PAK", "PER", "PHL",
    "PSE", "RUS", "RWA", "SDN", "SLE", "SLV", "SOM", "SSD", "SYR", "TCD", "THA", "TUR", "UGA",
    "UKR", "YEM", "ZWE",
)  # fmt: skip
KINDS: Final = ("battles", "explosions_remote_violence", "violence_against_civilians")
#: Numbers that look random, from a counter: SQLite's own cannot be had again.
_NUMBERS: Final = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count),
r AS (SELECT i, (i * 2654435761) % 1000003 / 1000003.0 AS a, (i * 40503 + 7) % 1000033 / 1000033.0
      AS b, (i * 69069 + 3) % 99991 / 99991.0 AS c FROM n),
made AS (SELECT i, CAST(a * a * a * 42 AS INTEGER) AS country,
      CAST(9000 * sqrt(b) AS INTEGER) AS day,
      (CAST(a * a * a * 42 AS INTEGER) + (c > 0.8)) % 3 AS kind,
      CASE WHEN c > 0.33 THEN CAST(1 / (c * c) AS INTEGER) END AS killed FROM r)
"""
_RULES: Final = ("envelope", "conservative", "informative", "representative", "median")


def _filling() -> str:
    """Return the statement that enters so many incidents."""
    bounds = (
        "json_object('low', killed, 'best', {best}, 'best_basis', {basis}, 'high', killed, "
        "'high_open', json('false')"
    )
    stated = bounds.format(best="killed", basis="'stated'")
    none = bounds.format(best="NULL", basis="NULL")
    rules = ", ".join(f"'{r}', {none if r == 'envelope' else stated})" for r in _RULES)
    block = (
        f"{stated}, 'n_claimants', 1, 'disputed', json('false'), 'method', 'reported', "
        f"'rules', json_object({rules}, 'preferred', NULL))"
    )
    country = f"json_extract('{_listed(COUNTRIES)}', '$[' || country || ']')"
    kind = f"json_extract('{_listed(KINDS)}', '$[' || kind || ']')"
    document = (
        f"json_object('id', 'inc-' || i, 'country', {country}, 'event_type', {kind}, "
        "'type_of_violence', kind + 1, 'date_start', date('1989-01-01', day || ' days'), "
        "'date_end', NULL, 'date_prec', 1, 'status', 'ended', 'dataset', NULL, 'part_of', NULL, "
        "'casualties', json_object('rule', 'latest', 'disputed', json('false'), 'killed', "
        f"iif(killed IS NULL, NULL, json({block})), 'injured', NULL))"
    )
    return (
        "INSERT INTO incidents (id, version, from_seq, n, state, shown, hash, span_end, span_days, "
        "title, date_start, country, event_type, type_of_violence, date_prec, status, killed_low, "
        "killed_best, killed_best_basis, killed_high, killed_high_open, killed_n_claimants, "
        f"document) {_NUMBERS} SELECT 'inc-' || i, 1, 1, i, 'live', 2, zeroblob(32), "
        "date('1989-01-01', day || ' days'), 0, 'Incident ' || i, "
        f"date('1989-01-01', day || ' days'), {country}, {kind}, kind + 1, 1, 'ended', killed, "
        "killed, iif(killed IS NULL, NULL, 'stated'), killed, iif(killed IS NULL, NULL, 0), "
        f"iif(killed IS NULL, NULL, 1), {document} FROM made"
    )


def _listed(words: Any) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def filled(path: Path, incidents: int) -> float:
    """Make a file of so many incidents with their sums; return the seconds that the sums took."""
    store = Store(path)
    connection = create(path)
    build(connection, store.tables)
    connection.execute("BEGIN")
    connection.execute(
        "INSERT INTO transactions (seq, recorded_at, who) VALUES (1, '2026-01-01', 'benchmark')"
    )
    connection.execute(_filling(), {"count": incidents})
    begun = time.perf_counter()
    Sums(store.tables, connection, 1).rebuild()
    took = time.perf_counter() - begun
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    return took


def plain(measured: str) -> str:
    """Return the plain query for the same."""
    return (
        "SELECT country, event_type, substr(date_start, 1, 7), count(*), sum(killed_low), "
        f"sum({measured}), sum(killed_high) FROM incidents WHERE shown = 2 GROUP BY 1, 2, 3"
    )


def timed(asks: dict[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, int]]:
    """Ask each in turn; return the median of the seconds, and how many groups came."""
    found: dict[str, list[float]] = {name: [] for name in asks}
    sizes = {name: len(ask()) for name, ask in asks.items()}
    for _ in range(rounds):
        for name, ask in asks.items():
            begun = time.perf_counter()
            ask()
            found[name].append(time.perf_counter() - begun)
    return {name: (median(times), sizes[name]) for name, times in found.items()}


@click.command()
@click.option("--incidents", default=1_000_000, show_default=True, type=click.IntRange(1))
@click.option("--db", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--rounds", default=5, show_default=True, type=click.IntRange(1, 100))
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Markdown.")
def main(incidents: int, db: Path, rounds: int, output: Path | None) -> None:
    """Measure looking sums up, and say whether the target is met."""
    took = None if db.exists() else filled(db, incidents)
    store = Store(db, read_seconds=60)
    lists = Lists(store, store.registry["incidents"])
    settings = {setting.name: setting.default for setting in SETTINGS}
    client = make_app(store, settings).test_client()

    def looked_up(*groups: str, **values: Any) -> Callable[[], Any]:
        question = asked({"group_by": list(groups), **values})
        return lambda: aggregate(lists, question).groups

    def over_http() -> Any:
        path = "/v1/aggregate?group_by=country,event_type,month&limit=10000"
        return client.get(path).get_data().split(b'"country"')[1:]

    three = ("country", "event_type", "month")
    times = timed(
        {
            "plain query": lambda: store.connection.execute(plain("killed_best")).fetchall(),
            "country, type, month": looked_up(*three),
            "country, type, month by median": looked_up(*three, rule="median"),
            "country, month": looked_up("country", "month"),
            "country, type, month over HTTP, first 10,000": over_http,
            "the same added up from the incidents": looked_up(*three, **{"from": "1900-01-01"}),
        },
        rounds,
    )
    base = times["plain query"][0]
    lines = [
        [
            name,
            f"{size:,}",
            f"{seconds * 1000:,.0f}",
            f"1/{base / seconds:.1f}",
            "P8 ≤ 1/10" if name == "country, type, month" else "",
            met(seconds / base, most=0.1) if name == "country, type, month" else "",
        ]
        for name, (seconds, size) in times.items()
    ]
    count = store.connection.execute("SELECT count(*) FROM sums").fetchone()[0]
    told = f"sums made again in {took:.0f} s; " if took else ""
    words = f"{incidents:,} incidents, {count:,} rows of sums; {told}median of {rounds} rounds."
    show(HEADINGS, lines, circumstances(words), output)


if __name__ == "__main__":
    main()
