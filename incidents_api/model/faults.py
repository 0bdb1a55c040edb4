"""Faults of a record: the rules that find them, and where they are."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

#: What a rule finds: the member at fault, and why.
Fault = tuple[str, str]
Rule = Callable[[Mapping[str, Any]], Iterable[Fault]]
#: Where a value stands in a record: names of members and places in lists, from the outside in.
Path = tuple[str | int, ...]


class Broken(str):
    """The words of a rule that is broken; they know its name, through every wrapping.

    Attributes:
        rule: The rule's name, such as ``ordered-bounds``.

    """

    rule: str

    def __new__(cls, words: str, rule: str) -> "Broken":
        """Make the words of a broken rule."""
        made = super().__new__(cls, words)
        made.rule = rule
        return made


#: Each rule's name, and the members it looks at.
_OVER: dict[Rule, tuple[str, frozenset[str]]] = {}


def over(*members: str) -> Callable[[Rule], Rule]:
    """Say which members a rule needs: it is passed over where one of them is at fault itself.

    A rule that only compares what is known needs none: what is at fault counts as unknown.
    """

    def note(rule: Rule) -> Rule:
        name = getattr(rule, "__name__", "rule").replace("_", "-")
        _OVER[rule] = name, frozenset(members)
        return rule

    return note


def rule_faults(
    rules: Iterable[Rule], values: Mapping[str, Any], failed: frozenset[str] = frozenset()
) -> dict[str, list[str]]:
    """Apply the rules between a record's own members.

    Args:
        rules: The record's rules.
        values: One for every member.
        failed: Members whose own value was refused.

    """
    faults: dict[str, list[str]] = {}
    for rule in rules:
        if failed and not failed.isdisjoint(_OVER[rule][1]):
            continue
        for member, words in rule(values):
            faults.setdefault(member, []).append(Broken(words, _OVER[rule][0]))
    return faults


def paths(fault: ValidationError) -> Iterator[tuple[Path, str]]:
    """Yield each message of a fault with the path of the value that it is about."""
    yield from _found(fault.messages, ())


def _found(messages: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from _found(inner, path if name == "_schema" else (*path, name))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _found(inner, path)
    else:
        yield path, messages if isinstance(messages, str) else str(messages)


def pointer(path: Path) -> str:
    """Return a path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def messages(fault: ValidationError, where: str = "") -> Iterator[tuple[str, str]]:
    """Yield each message of a fault with the dotted path of the member that it is about."""
    head = [where] if where else []
    for path, words in paths(fault):
        yield ".".join([*head, *map(str, path)]) or "record", words
