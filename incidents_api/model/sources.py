"""Sources: the documents and data sets in which claims are printed."""

from incidents_api.model.clocked import Clocked
from incidents_api.model.fields import (
    INDEXED,
    SCANNED,
    Code,
    Language,
    Link,
    Moment,
    Sha256,
    Text,
    Url,
)
from incidents_api.model.record import Record


class Source(Record):
    """A document or data set: a news item, a statement, a report, a data set's release."""

    resource = "sources"
    singular = "source"
    prefix = "src"
    title_member = "title"
    span = ("published_at", "published_at")
    clocked = Clocked(said="published_at")

    title = Text("Title.", required=True, search=True, example="Tientallen doden bij gevechten")
    title_lang = Language("Language of the title.", example="nl")
    publisher = Link("actors", "Who published it.", reverse="publications", through=True)
    author = Text("Who wrote it: an office or a byline.", search=True, length=300)
    published_at = Moment("When it was published.", sort=True, filter=INDEXED, example="2022-01-23")
    accessed_at = Moment("When it was read for this knowledge base.")
    url = Url("Where it is.", example="https://nos.nl/artikel/2414274")
    archived_url = Url("Where a copy is kept.")
    archived_at = Moment("When that copy was made.")
    language = Language("Language it is written in.", filter=SCANNED, example="nl")
    source_type = Code(
        "source_type", "Kind of source.", required=True, filter=INDEXED, example="news_media"
    )
    release = Text(
        "Release of a data set, as its publisher numbers it.",
        length=100,
        filter=SCANNED,
        example="23.1",
    )
    licence = Text("Licence of its text or data.", length=300)
    citation = Text("How to cite it.", search=True, length=2000)
    redistribution = Code(
        "redistribution", "Whether its text or data may be passed on.", filter=SCANNED
    )
    coverage = Text("What it covers: period, area, subject.", search=True, length=2000)
    sha256 = Sha256("Digest of the file that was read.", filter=SCANNED)
