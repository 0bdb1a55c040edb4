"""A synthetic world: incidents, claims about them, actors, sources and facilities.

``python -m benchmarks.world --incidents 100000 --db PATH`` writes, through the project's own write
function, N incidents with five figures and three participations each, a few hundred actors, a
source for every ten incidents and a facility for every two hundred. The same seed gives the same
records. Nothing in it is real except the names of countries.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any, Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from incidents_api.model import RESOURCES
from incidents_api.storage.connections import open_writer, optimize
from incidents_api.storage.store import Store

Values = dict[str, Any]
Entry = tuple[str, Values]

FIRST: Final = date(1989, 1, 1)
DAYS: Final = (date(2025, 12, 31) - FIRST).days
ACTORS: Final = 300
FIGURES: Final = 5
PARTICIPATIONS: Final = 3
#: Incidents a transaction; with what belongs to them, some 1,800 records.
TOGETHER: Final = 200

#: Country, longitude and latitude of about its middle, and how far from it points are spread.
PLACES: Final = (
    ("SYR", 38.5, 35.0, 1.6), ("AFG", 66.0, 34.0, 3.0), ("UKR", 34.0, 48.5, 3.5),
    ("MEX", -102.0, 23.5, 4.5), ("IRQ", 43.7, 33.2, 2.2), ("NGA", 8.5, 10.0, 2.6),
    ("IND", 79.0, 23.0, 5.0), ("YEM", 45.5, 15.5, 1.6), ("SOM", 45.0, 4.0, 2.5),
    ("COD", 27.5, -1.0, 3.5), ("SDN", 28.5, 14.0, 3.0), ("PAK", 70.0, 31.5, 2.5),
    ("BRA", -46.0, -14.0, 6.0), ("COL", -74.5, 5.0, 2.2), ("ETH", 39.0, 9.5, 2.4),
    ("MMR", 96.5, 20.5, 2.2), ("PHL", 123.0, 9.5, 2.4), ("MLI", -2.5, 15.5, 2.2),
    ("BFA", -1.0, 13.0, 1.2), ("ISR", 34.9, 31.6, 0.7), ("PSE", 34.6, 31.5, 0.3),
    ("TUR", 39.5, 38.2, 2.2), ("LBY", 16.0, 30.0, 3.0), ("LKA", 80.8, 8.2, 0.8),
    ("NPL", 84.0, 28.2, 1.3), ("DZA", 4.0, 35.5, 2.0), ("RUS", 45.0, 43.5, 3.0),
    ("SSD", 30.5, 7.5, 2.0), ("CAF", 20.5, 6.5, 2.0), ("CMR", 11.5, 8.0, 2.0),
    ("NER", 9.0, 14.5, 2.2), ("TCD", 17.0, 13.5, 2.4), ("MOZ", 39.0, -13.0, 1.6),
    ("KEN", 39.0, 0.5, 2.0), ("UGA", 32.5, 1.8, 1.2), ("BDI", 29.8, -3.3, 0.5),
    ("RWA", 29.9, -2.0, 0.4), ("AGO", 17.0, -11.5, 2.8), ("SLE", -11.8, 8.5, 0.7),
    ("LBR", -9.4, 6.4, 0.7), ("CIV", -5.5, 7.5, 1.3), ("EGY", 33.5, 29.8, 1.6),
    ("LBN", 35.8, 33.9, 0.4), ("JOR", 36.2, 31.2, 0.8), ("IRN", 52.0, 33.0, 3.5),
    ("SAU", 43.5, 18.5, 2.0), ("AZE", 46.8, 39.8, 0.8), ("ARM", 45.3, 39.8, 0.5),
    ("GEO", 43.0, 42.2, 0.8), ("TJK", 70.5, 38.6, 1.0), ("KHM", 104.5, 12.6, 1.2),
    ("THA", 101.3, 6.4, 0.6), ("IDN", 118.0, -3.0, 6.0), ("PNG", 143.5, -6.0, 1.6),
    ("PER", -74.8, -9.5, 2.4), ("GTM", -90.4, 15.4, 0.9), ("SLV", -89.0, 13.7, 0.4),
    ("HTI", -72.4, 18.8, 0.4), ("VEN", -67.0, 8.5, 2.4), ("FJI", 179.5, -17.5, 1.5),
)  # fmt: skip
#: Event type, its narrower types, its weight.
EVENTS: Final = (
    ("battles", ("armed_clash", "government_regains_territory"), 40),
    (
        "explosions_remote_violence",
        ("air_drone_strike", "shelling_artillery_missile_attack", "suicide_bomb", "grenade"),
        25,
    ),
    ("violence_against_civilians", ("attack", "abduction_forced_disappearance"), 20),
    ("protests", ("peaceful_protest", "protest_with_intervention"), 6),
    ("riots", ("violent_demonstration", "mob_violence"), 4),
    ("strategic_developments", ("arrests", "agreement", "looting_property_destruction"), 4),
    ("detention", ("prison_break", "prison_riot", "detainee_transfer"), 1),
)
COMMON: Final = (  # noqa: SIM905
    "the of and in to a was by were on at from after near killed forces group attack fighters "
    "village army armed town civilians district government security police soldiers reported "
    "fire area militants said two three several members road during clashes injured with troops "
    "base rebels position artillery shelling market convoy local patrol night morning houses "
    "checkpoint airstrike ambush province camp school hospital prison bomb vehicle dead wounded"
).split()
SYLLABLES: Final = (  # noqa: SIM905
    "ba da fa ga ha ja ka la ma na qa ra sa ta wa ya za bar dir gul han jal kir lam mor nur "
    "qal rif sal tal war zar abu ain bir den el far ghaz ham is jab khan"
).split()
KINDS: Final = (
    ("rebel_group", 90), ("state_forces", 60), ("political_militia", 40), ("identity_militia", 20),
    ("government", 30), ("media", 30), ("monitor_ngo", 15), ("civilians", 8),
    ("data_set_compiler", 2), ("intergovernmental", 5),
)  # fmt: skip
MEASURES: Final = ("killed", "killed", "killed", "injured", "captured", "displaced", "detained")
PHRASES: Final = (
    ("{n}", "en"), ("at least {n}", "en"), ("more than {n}", "en"), ("about {n}", "en"),
    ("up to {n}", "en"), ("nearly {n}", "en"), ("between {n} and {m}", "en"), ("dozens", "en"),
    ("several", "en"), ("zeker {n}", "nl"), ("ongeveer {n}", "nl"),
)  # fmt: skip
POPULATIONS: Final = (
    {"status": ["civilian"]}, {"status": ["combatant"]}, {"status": ["armed_forces"]},
    {"status": ["civilian"], "age_group": ["child"]}, {"role": ["guard", "security_force"]},
)  # fmt: skip
TAGS: Final = ("prison", "drone", "aid", "election", "ceasefire", "border", "mosque", "famine")


class World:
    """Makes records, always the same ones for a seed.

    Args:
        incidents: How many incidents there are.
        seed: What the random numbers begin with.
        share: The part of the incidents that is in the first country, more than 0 and below 1; a
            small world needs a large one to fill a page of it.
        alone: Whether there are only incidents, without figures and participations.

    """

    def __init__(
        self, incidents: int, seed: int, share: float = 0.08, *, alone: bool = False
    ) -> None:
        self.incidents = incidents
        self.figures = 0 if alone else FIGURES
        self.participations = 0 if alone else PARTICIPATIONS
        self.random = Random(seed)
        self.actors: list[str] = []
        self.speakers: list[str] = []
        self.sources = max(10, incidents // 10)
        self.facilities = max(5, incidents // 200)
        self.words = [*COMMON, *self._rare(20_000)]
        weights = [1 / (rank + 5) for rank in range(len(self.words))]
        self._word_weights = list(accumulate(weights))
        shares = [1 / (rank + 5) ** 1.1 for rank in range(len(PLACES))]
        scale = share * sum(shares[1:]) / (1 - share)
        self._place_weights = list(accumulate([scale, *shares[1:]]))
        self._event_weights = list(accumulate(weight for *_, weight in EVENTS))

    def __iter__(self) -> Iterator[list[Entry]]:
        """Yield the records in groups, each to be written in one transaction."""
        yield list(self._actors())
        yield [self._facility(number) for number in range(self.facilities)]
        written = 0
        for first in range(0, self.incidents, TOGETHER):
            last = min(first + TOGETHER, self.incidents)
            wanted = max(10, math.ceil(self.sources * last / self.incidents))
            group = [self._source(number) for number in range(written, wanted)]
            written = wanted
            for number in range(first, last):
                group += self._incident(number, written)
            yield group

    @property
    def records(self) -> int:
        """How many records there will be."""
        linked = self.incidents * (1 + self.figures + self.participations)
        return linked + ACTORS + self.sources + self.facilities

    def more_figures(self) -> Iterator[Values]:
        """Yield figures about incidents at random, without end, each to be given a new id."""
        if not self.actors:
            list(self._actors())
        while True:
            incident = f"incident-{self.random.randrange(self.incidents):07}"
            values = self._figure("", incident, self._day(), self.sources)
            del values["id"]
            yield values

    def _rare(self, number: int) -> list[str]:
        made: dict[str, None] = {}
        while len(made) < number:
            made["".join(self.random.choices(SYLLABLES, k=self.random.randint(3, 5)))] = None
        return list(made)

    def _text(self, words: int) -> str:
        return " ".join(self.random.choices(self.words, cum_weights=self._word_weights, k=words))

    def _name(self) -> str:
        return self.words[self.random.randrange(len(COMMON), len(self.words))].capitalize()

    def _place(self) -> tuple[str, float, float, float]:
        return self.random.choices(PLACES, cum_weights=self._place_weights)[0]

    def _point(self, place: tuple[str, float, float, float]) -> tuple[float, float]:
        _, longitude, latitude, spread = place
        east = self.random.gauss(longitude, spread / 2)
        return round((east + 540) % 360 - 180, 4), round(self.random.gauss(latitude, spread / 2), 4)

    def _day(self) -> date:
        """Return a day, most of them recent."""
        return FIRST + timedelta(days=int(DAYS * self.random.random() ** 0.45))

    def _actors(self) -> Iterator[Entry]:
        kinds = [kind for kind, many in KINDS for _ in range(many)][:ACTORS]
        for number, kind in enumerate(kinds):
            name = f"{self._name()} {self._name()} {kind.replace('_', ' ')}"
            values: Values = {
                "id": f"actor-{number}",
                "name": name,
                "aliases": [{"name": self._name(), "lang": "en", "kind": "alias"}],
                "actor_type": kind,
                "country": self._place()[0],
                "description": self._text(30),
            }
            self.actors.append(values["id"])
            if kind not in ("civilians", "identity_militia"):
                self.speakers.append(values["id"])
            yield "actors", values

    def _facility(self, number: int) -> Entry:
        place = self._place()
        longitude, latitude = self._point(place)
        return "facilities", {
            "id": f"facility-{number:07}",
            "name": f"{self._name()} {self.random.choice(('prison', 'hospital', 'camp'))}",
            "facility_type": self.random.choice(("prison", "hospital", "displacement_camp")),
            "country": place[0],
            "place": self._name(),
            "where_prec": 1,
            "latitude": latitude,
            "longitude": longitude,
            "description": self._text(20),
        }

    def _source(self, number: int) -> Entry:
        return "sources", {
            "id": f"source-{number:07}",
            "title": self._text(8).capitalize(),
            "title_lang": "en",
            "publisher": self.random.choice(self.speakers),
            "published_at": self._day().isoformat(),
            "url": f"https://news.example.org/{number}",
            "language": "en",
            "source_type": self.random.choice(("news_media", "news_agency", "ngo_report")),
        }

    def _incident(self, number: int, sources: int) -> Iterator[Entry]:
        name = f"incident-{number:07}"
        start = self._day()
        yield "incidents", self._event(name, number, start)
        parties = self.random.sample(self.actors, self.participations)
        roles = (("attacker", "a"), ("target", "b"), ("supporter", "b"))
        for place, (actor, (role, side)) in enumerate(zip(parties, roles, strict=False)):
            yield (
                "participations",
                {
                    "id": f"{name}-p{place}",
                    "incident": name,
                    "actor": actor,
                    "role": role,
                    "side": side,
                    "source": f"source-{self.random.randrange(sources):07}",
                },
            )
        for place in range(self.figures):
            yield "figures", self._figure(f"{name}-f{place}", name, start, sources)

    def _event(self, name: str, number: int, start: date) -> Values:
        chance = self.random.random
        place = self._place()
        kind, narrower, _ = self.random.choices(EVENTS, cum_weights=self._event_weights)[0]
        where = self._name()
        values: Values = {
            "id": name,
            "title": f"{self._text(4).capitalize()} near {where}",
            "title_lang": "en",
            "summary": f"{self._text(self.random.randint(25, 50)).capitalize()}.",
            "event_type": kind,
            "sub_event_type": self.random.choice(narrower),
            "type_of_violence": self.random.choice((1, 1, 2, 3)),
            "date_start": start.isoformat(),
            "date_prec": self.random.choice((1, 1, 1, 2, 3)),
            "status": "ended",
            "country": place[0],
            "region": "Region " + place[0],
            "admin1": f"{self.words[len(COMMON) + number % 700].capitalize()} province",
            "admin2": f"{self._name()} district",
            "place": where,
            "conflict_id": self.random.randint(200, 700),
            "conflict_name": f"{place[0]}: Government",
            "dyad_id": self.random.randint(400, 1900),
            "dyad_name": f"Government of {place[0]} - {self._name()}",
            "number_of_sources": self.random.randint(1, 9),
            "verification_status": self.random.choice(("reported", "corroborated", "verified")),
            "external_ids": [{"scheme": "ucdp_ged", "value": str(100_000 + number)}],
            "source_values": {"source_article": self._text(12), "active_year": chance() < 0.9},
        }
        values["date_end"] = (start + timedelta(days=self._length())).isoformat()
        if chance() < 0.01:
            values |= {"status": "ongoing", "date_end": None}
        if chance() < 0.95:
            longitude, latitude = self._point(place)
            precision = self.random.choice((1, 1, 2, 3, 4))
            values |= {"longitude": longitude, "latitude": latitude, "where_prec": precision}
        if chance() < 0.2:
            values["tags"] = self.random.sample(TAGS, self.random.randint(1, 3))
        if chance() < 0.5:
            values["weapons"] = [self.random.choice(("firearms", "artillery", "explosives"))]
        return values

    def _length(self) -> int:
        chance = self.random.random()
        return 0 if chance < 0.8 else self.random.randint(1, 20 if chance < 0.99 else 200)

    def _figure(self, name: str, incident: str, start: date, sources: int) -> Values:
        chance = self.random.random
        day = start + timedelta(days=self.random.randint(0, 10))
        values: Values = {
            "id": name,
            "incident": incident,
            "as_of_date": day.isoformat(),
            "as_of_prec": 1,
            "measure": self.random.choice(MEASURES),
            "measure_kind": "cumulative",
            "sources": [
                {"source": f"source-{number:07}", "quote": self._text(4)}
                for number in self.random.sample(range(sources), 1 if chance() < 0.7 else 2)
            ],
            **self._quantity(),
        }
        if chance() < 0.85:
            values["claimant"] = self.random.choice(self.speakers)
        elif chance() < 0.3:
            values["claimant_label"] = "a resident"
        if chance() < 0.4:
            values["population"] = self.random.choice(POPULATIONS)
        if chance() < 0.3:
            values["said_at"] = day.isoformat()
        return values

    def _quantity(self) -> Values:
        """Return a number, most of them small, in printed words or as a data set's bounds."""
        chance = self.random.random()
        number = int(min(5000.0, self.random.paretovariate(0.9)))
        more = number + self.random.randint(1, 20)
        if chance < 0.5:
            words, language = self.random.choice(PHRASES)
            return {"value_text": words.format(n=number, m=more), "value_lang": language}
        if chance < 0.7:
            return {"qualifier": self.random.choice(("at_least", "exact")), "amount": number}
        if chance < 0.9:
            return {"low": number // 2, "best": number, "high": more}
        return {"best": number}


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal; nothing anywhere else."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("Writing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda done: progress.advance(task, done)


def write(store: Store, world: World) -> int:
    """Write a world, and return how many records it has."""
    written = 0
    with progress_bar(world.records) as advance:
        for group in world:
            with store.writing("benchmarks.world") as transaction:
                for resource, given in group:
                    transaction.put(resource, RESOURCES[resource].read(given))
            written += len(group)
            advance(len(group))
    return written


def analyze(path: Path) -> None:
    """Tell SQLite how the values are spread."""
    connection = open_writer(path)
    connection.execute("ANALYZE")
    optimize(connection)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@click.command()
@click.option("--incidents", default=100_000, show_default=True, type=click.IntRange(1))
@click.option("--db", "path", required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--seed", default=1, show_default=True)
@click.option("--alone", is_flag=True, help="No figures and participations.")
def main(incidents: int, path: Path, seed: int, *, alone: bool) -> None:
    """Write a synthetic world into a new database."""
    store = Store.make(path)
    begun = time.perf_counter()
    written = write(store, World(incidents, seed, alone=alone))
    seconds = time.perf_counter() - begun
    store.close()
    click.echo(f"{written:,} records in {seconds:.1f} s: {written / seconds:,.0f} records a second")
    begun = time.perf_counter()
    analyze(path)
    size = path.stat().st_size / 1e6
    click.echo(f"ANALYZE {time.perf_counter() - begun:.1f} s; {size:,.0f} MB")


if __name__ == "__main__":
    main()
