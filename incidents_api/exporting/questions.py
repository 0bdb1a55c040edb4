"""What can be asked of an export: its format, and what chooses the records."""

from collections.abc import Sequence

from incidents_api.exporting.formats import EXPORTS
from incidents_api.storage.arguments import Choice
from incidents_api.storage.grammar import Grammar
from incidents_api.storage.parameters import Parameter


def choosing(grammar: Grammar) -> list[Parameter]:
    """Return the parameters of a list that choose records, and by which rule they speak."""
    rule = [grammar.parameters[name] for name in ("rule",) if name in grammar.parameters]
    return [*grammar.choosing(), *rule]


def format_parameter(names: Sequence[str]) -> Parameter:
    """Return the parameter that chooses among formats; the first is the default."""
    told = " ".join(f"{name}: {EXPORTS[name].words}" for name in names)
    return Parameter(
        "format",
        Choice("Format of the export.", names),
        f"Format of the export; it goes before Accept. {told}",
        default=names[0],
    )


def asked(grammar: Grammar, names: Sequence[str] = ()) -> Grammar:
    """Return what can be asked of an export in one of these formats, or in one chosen already."""
    own = [format_parameter(names)] if names else []
    return grammar.only([*own, *choosing(grammar)])
