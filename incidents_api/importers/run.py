"""Importing: files into records, in batches of whole events.

The files are read twice: once whole, to refuse what is not what it claims to be, then event by
event. Each batch is one transaction; whatever interrupts the import, what is here is whole, and
the same command goes on where it ended, since what is here already is left alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import orjson
from marshmallow import ValidationError

from incidents_api.importers.cells import Refusal, Row
from incidents_api.importers.datasets import Release, is_older, known, release_in
from incidents_api.importers.entering import Entering, Parsed, outcome_of, rows_told
from incidents_api.importers.events import Event, Values
from incidents_api.importers.formats import Format
from incidents_api.importers.missing import TOGETHER, check_covers, missing, scope
from incidents_api.importers.options import Options
from incidents_api.importers.reading import Progress, Unfit, printable
from incidents_api.importers.report import Report, Summary, Told
from incidents_api.importers.survey import EVENTS, ROWS, Survey
from incidents_api.model.faults import messages
from incidents_api.storage.intake import Outcome
from incidents_api.storage.scratch import Scratch
from incidents_api.storage.store import Refused, Store

#: So many reasons are told why something is not withdrawn.
_SHOWN: Final = 3


class Import:
    """One import.

    Args:
        store: The knowledge base.
        paths: The files.
        formats: The formats that they may have.
        options: How to import.
        report: Where it is told what became of every row.
        progress: Told how many bytes have been read to see what the files are.

    Raises:
        Unfit: A file is not what it claims to be.
        Unreadable: What the files cover is no query.

    """

    def __init__(
        self,
        store: Store,
        paths: Sequence[Path],
        formats: Iterable[Format],
        options: Options,
        report: Report,
        progress: Progress | None = None,
    ) -> None:
        self.store = store
        self.options = options
        self.report = report
        self.scratch = Scratch()
        self.survey = Survey(paths, formats, options.encoding, self.scratch, progress)
        self.format = self.survey.format
        told = options.release or self.survey.coverage.release
        release = told or self._release_in_name()
        terms = known()[self.format.dataset]
        self.release = Release(terms, release, options.published, options.today.isoformat())
        self.countries: set[str] = set()
        self.unsure = 0
        self.summary = Summary(self._head())
        why = f"import of {terms.dataset}" + (f" {release}" if release else "")
        self.entering = Entering(store, self.format, why, options, self.scratch)
        self.dataset = self._dataset()
        check_covers(store, self.format, options.covers or {})

    def _release_in_name(self) -> str | None:
        return release_in(self.survey.reads[0].path.name) if self.format.numbered else None

    def _head(self) -> dict[str, Any]:
        return {
            "format": self.format.name,
            "files": self.survey.names,
            "what": self.format.resource,
            "dataset": self.format.dataset,
            "release": self.release.release,
            "sha256": self.survey.sha256,
            "coverage": self.survey.coverage.words,
            "dry_run": self.options.dry_run,
        }

    def run(self, progress: Progress | None = None) -> Summary:
        """Import, and return what it comes to.

        Args:
            progress: Told how many bytes of the files have been imported.

        Raises:
            Unfit: A file has been changed meanwhile.

        """
        before = self.store.seq()
        self._remark()
        with closing(self.scratch):
            self._enter([self.dataset])
            for batch in self._batches(progress):
                self._enter(batch)
            self._look_for_missing()
        self.summary.seq = (before, self.store.seq())
        return self.summary

    def _remark(self) -> None:
        tell = self.summary.remarks.append
        if self.format.remark:
            tell(self.format.remark)
        if self.survey.hxl:
            tell(f"{', '.join(self.survey.hxl)}: a row of HXL hashtags, left out")
        if older := self._older():
            tell(older)
        if self.format.numbered and not self.release.release:
            tell("the release is not known: name it with --release")
        if self.format.compiled and not self.release.published:
            said = self.release.said
            precision = said.get("said_at_prec", "day")
            tell(f"claims of the compilers count as said on {said['said_at']} ({precision})")

    def _older(self) -> str:
        """Say that a later release is here already, if it is; nothing is withdrawn then.

        Raises:
            Unfit: What is missing from the older one was to be withdrawn.

        """
        found = self.store.get("sources", self.format.dataset)
        here = orjson.loads(found.document).get("release") if found else None
        if not is_older(self.release.release, here):
            return ""
        words = f"release {self.release.release} is older than {here}, which is here"
        if self.options.withdraw_missing:
            raise Unfit(f"{words}: what came after it would be withdrawn")
        return f"{words}: what it says differently goes back to what it was"

    def _dataset(self) -> Parsed:
        """Return the record of the data set and who compiles it, as the first event."""
        event = Event(self.format.dataset, "sources", [])
        event.name(self.release.compiler)
        values = self.release.source(self.survey.coverage.words, self.survey.sha256)
        event.add("sources", **values)
        try:
            return self._checked(event)
        except Refusal as refusal:
            raise Unfit(f"the data set cannot be entered: {refusal}") from None

    def _batches(self, progress: Progress | None) -> Iterator[list[Parsed]]:
        """Yield batches of events that could be read; those that could not are told at once."""
        batch: list[Parsed] = []
        size = 0
        for rows in self.survey.again(progress):
            if (parsed := self._parsed(rows)) is None:
                continue
            batch.append(parsed)
            size += len(parsed.records) + len(parsed.event.cited)
            if size >= self.format.batch:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def _parsed(self, rows: Sequence[Row]) -> Parsed | None:
        """Return the event of some rows; None, and told, where it cannot be taken."""
        if faulty := next((row for row in rows if row.misshapen), None):
            for row in rows:
                words = f"belongs together with {faulty.place}, which {faulty.misshapen}"
                self._refused(row, [row.misshapen or words])
            return None
        rows = [row for row in rows if self._fresh(row)]
        if not rows:
            return None
        try:
            return self._checked(self.format.read(rows, self.release))
        except Refusal as refusal:
            for row in rows:
                self._refused(row, refusal.reasons)
            return None

    def _fresh(self, row: Row) -> bool:
        """Return whether a row has a name and is the first of it; tell of it if not."""
        for column in filter(None, (self.format.key, self.format.groups)):
            if not row.cells.get(column, "").strip():
                self._refused(row, [f"{column}: is empty; it must tell rows apart"])
                return False
        key = row.cells[self.format.key].strip()
        if first := self.scratch.first(ROWS, key.lower(), (row.file, row.line)):
            file, line = first
            words = f"{printable(key[:40])} is there already, at {file}:{line}"
            self._refused(row, [f"{self.format.key} {words}"])
        return not first

    def _refused(self, row: Row, reasons: list[str]) -> None:
        """Tell that a row was refused; it stands in the files, so its event is not missing.

        Where it is not certain which event that is, any could be it.
        """
        self.scratch.first(EVENTS, self.format.main(row))
        unsure = (f"{self.format.key}: ", f"{self.format.groups}: ", row.misshapen or "\0")
        self.unsure += any(words.startswith(unsure) for words in reasons)
        self._tell(Told(row.file, row.line, "", "refused", reasons=reasons))

    def _checked(self, event: Event) -> Parsed:
        """Return an event with its records checked.

        Raises:
            Refusal: A record is not as it should be, with every reason.

        """
        reasons, records = [], []
        for resource, given in event.entries:
            try:
                records.append((resource, check(self.store, resource, given)))
            except ValidationError as fault:
                reasons += [f"{given['id']}: {where}: {words}" for where, words in messages(fault)]
        if reasons:
            raise Refusal(reasons)
        return Parsed(event, records)

    def _enter(self, batch: Sequence[Parsed]) -> None:
        """Enter a batch; where a rule between records is broken, find the event that breaks it."""
        if not batch:
            return
        try:
            shared, outcomes = self.entering.enter(batch)
        except Refused as refused:
            if len(batch) == 1:
                self._refuse(batch[0], refused)
                return
            middle = len(batch) // 2
            self._enter(batch[:middle])
            self._enter(batch[middle:])
            return
        self._count(shared)
        for parsed, found in zip(batch, outcomes, strict=True):
            self._told(parsed.event, found)

    def _look_for_missing(self) -> None:
        """Note what the data set had here and the files do not have; withdraw it if asked to."""
        if self.store.get("sources", self.format.dataset) is None:
            return  # nothing of the data set is here: it was only tried
        if not self.summary.events:
            self.summary.remarks.append("no row could be taken: nothing counts as missing")
            return
        coverage = self.survey.coverage
        covers, divisions = self.options.covers, []
        if covers is None:
            covers = scope(self.format, coverage, self.countries)
            divisions = list(coverage.divisions)
        self.summary.missing += missing(self.store, self.format, covers, divisions, self.scratch)
        if self.summary.missing:
            where = "&".join(f"{name}={value}" for name, value in covers.items())
            self.summary.remarks.append(f"looked for what is missing in: {where or 'all there is'}")
        if self.unsure and self.options.withdraw_missing:
            words = "any of what is missing: nothing is withdrawn. Mend them, and begin again"
            self.summary.remarks.append(f"rows that were refused ({self.unsure:,}) may be {words}")
        elif self.options.withdraw_missing and not self.options.dry_run:
            for at in range(0, len(self.summary.missing), TOGETHER):
                self._withdraw(self.summary.missing[at : at + TOGETHER])

    def _withdraw(self, names: Sequence[str]) -> None:
        """Withdraw events with what belongs to them; what others link to is left, and told."""
        try:
            outcomes = self.entering.withdraw(names)
        except Refused as refused:
            if len(names) == 1:
                words = list(dict.fromkeys(one.words for one in refused.refusals))
                more = [f"and {len(words) - _SHOWN} more"] if len(words) > _SHOWN else []
                self._stays(names[0], "; ".join(words[:_SHOWN] + more))
                return
            self._withdraw(names[: len(names) // 2])
            self._withdraw(names[len(names) // 2 :])
            return
        self._count(outcomes)
        for one in outcomes:
            if one.resource == self.format.resource:
                self.summary.withdrawn += one.action == "withdrawn"
                self._stays(one.id, "; ".join(one.kept))

    def _stays(self, name: str, words: str) -> None:
        """Tell why something that is missing is not withdrawn, if it is not."""
        if words:
            self.summary.remarks.append(f"{name} is not withdrawn: {words}")

    def _count(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            self.summary.record(outcome.resource, outcome.action)

    def _refuse(self, parsed: Parsed, refused: Refused) -> None:
        reasons = [f"{r.resource}/{r.id}: {r.words}" for r in refused.refusals]
        if not parsed.event.places:
            raise Unfit(f"the data set cannot be entered: {'; '.join(reasons)}")
        self.scratch.first(EVENTS, parsed.event.id)
        for file, line in parsed.event.places:
            self._tell(Told(file, line, "", "refused", reasons=reasons))

    def _told(self, event: Event, outcomes: Sequence[Outcome]) -> None:
        """Tell what became of an event, row by row."""
        self._count(outcomes)
        outcome = outcome_of(event, outcomes)
        if not event.places:
            return
        self.summary.events[outcome] += 1
        self.summary.counted.update(event.counted)
        self._note_country(event)
        self.scratch.first(EVENTS, event.id)
        if event.resource == "actors":
            # Who is only named in a row is told of by the files too.
            for one in event.named:
                self.scratch.first(EVENTS, one.id)
        for told in rows_told(event, outcome, outcomes):
            self._tell(told)

    def _note_country(self, event: Event) -> None:
        """Note the country of an event; two are as good as any number."""
        country = event.entries[0][1].get("country")
        if country and len(self.countries) < 2:
            self.countries.add(country)

    def _tell(self, told: Told) -> None:
        self.summary.note(told)
        self.report.tell(told)


def check(store: Store, resource: str, given: Values) -> Values:
    """Return the checked values of a record.

    Raises:
        ValidationError: With every fault.

    """
    record = store.registry[resource]
    try:
        return record.check()(given)
    except ValidationError:
        return record.read(given)
