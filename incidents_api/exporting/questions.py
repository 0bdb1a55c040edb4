"""What can be asked of an export: its format, and what chooses the records."""

from collections.abc import Iterator, Sequence

from incidents_api.exporting.formats import EXPORTS, formats_of
from incidents_api.model import Registry
from incidents_api.storage.arguments import Choice
from incidents_api.storage.belonging import INCIDENTS
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.parameters import Parameter


def format_parameter(names: Sequence[str]) -> Parameter:
    """Return the parameter that chooses among formats; the first is the default."""
    told = " ".join(f"{name}: {EXPORTS[name].words}" for name in names)
    return Parameter(
        "format",
        Choice("Format of the export.", names),
        f"Format of the export; it goes before Accept. {told}",
        default=names[0],
    )


def asked(grammar: Grammar, names: Sequence[str] = (), *, alone: bool) -> Grammar:
    """Return what can be asked of an export: what chooses records, and how they are told.

    Args:
        grammar: What can be asked of the resource's lists.
        names: The formats to choose from, the default first; none where it is chosen already.
        alone: Whether the resource is exported alone: then its columns can be chosen.

    """
    more = ("rule", "fields") if alone else ("rule",)
    own = [format_parameter(names)] if names else []
    told = [grammar.parameters[name] for name in more if name in grammar.parameters]
    return grammar.only([*own, *grammar.choosing(), *told])


def exports(registry: Registry) -> Iterator[tuple[str, str]]:
    """Yield the addresses of exports below the root, each with the media type of its default."""
    if INCIDENTS in registry:
        yield "/export", next(iter(EXPORTS.values())).type
    for record in registry:
        yield f"/export/{record.resource}", EXPORTS[formats_of(record)[0]].type
