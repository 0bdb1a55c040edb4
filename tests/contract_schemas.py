"""What binds in a published contract, and whether one schema breaks clients of another.

The direction matters: what a client sends may be allowed more, what it gets may be less.
"""

import math
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

Json = dict[str, Any]
#: A place, and what changed there.
Fault = tuple[str, str]
#: One of the alternatives of a schema: the name of its component or nothing, and the schema.
Alternative = tuple[str, Json]

#: Words for people, and notes that bind nobody.
WORDS: Final = {
    *("title", "summary", "description", "example", "examples", "externalDocs", "tags", "info"),
    *("deprecated", "$comment", "readOnly", "writeOnly"),
}
#: Keywords whose keys are names, not keywords.
NAMED: Final = {
    *("paths", "properties", "patternProperties", "dependentSchemas", "$defs", "schemas"),
    *("parameters", "headers", "responses", "requestBodies", "securitySchemes", "content"),
}
#: Keywords that hold plain data.
DATA: Final = {"enum", "const", "default", "required", "security"}

ANY: Final[Json] = {}
NOTHING: Final[Json] = {"enum": []}
TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
#: Bounds, and what holds where they are not given.
LOWER: Final = {
    **dict.fromkeys(("minimum", "exclusiveMinimum"), -math.inf),
    **dict.fromkeys(("minLength", "minItems", "minProperties"), 0),
}
UPPER: Final = dict.fromkeys(
    ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), math.inf
)
#: Answers may grow longer: a longer text, one more link.
GROWING: Final = {"maxLength", "maxItems", "maxProperties"}
#: Keywords with a rule of their own; every other one may not change.
RULED: Final = {
    *("type", "enum", "const", "default", "items", "propertyNames"),
    *("properties", "required", "additionalProperties"),
    *LOWER,
    *UPPER,
}


def binding(node: Any, *, named: bool = False) -> Any:
    """Return a copy of a document, or of a part of it, without what does not bind."""
    if isinstance(node, list):
        return [binding(item) for item in node]
    if not isinstance(node, dict):
        return node
    if named:
        return {name: binding(item) for name, item in node.items()}
    return {
        word: item if word in DATA else binding(item, named=word in NAMED)
        for word, item in node.items()
        if word not in WORDS
    }


def target(document: Json, reference: str) -> Any:
    """Return what a reference within a document points to."""
    found: Any = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step.replace("~1", "/").replace("~0", "~")]
    return found


def followed(document: Json, node: Any) -> Any:
    """Return what a node is, where it is nothing but a reference."""
    while isinstance(node, dict) and set(node) == {"$ref"}:
        node = target(document, node["$ref"])
    return node


def name_of(node: Any) -> str:
    """Return the name of the component that a node is a reference to; empty if it is none."""
    pure = isinstance(node, dict) and set(node) == {"$ref"}
    return str(node["$ref"]).removeprefix("#/") if pure else ""


def together(one: Json, other: Json) -> Json:
    """Return the schema that asks for both; of two bounds of one kind the last is heard."""
    made = one | other
    if "properties" in one and "properties" in other:
        made["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        made["required"] = one["required"] + other["required"]
    return made


def whole(document: Json, node: Any) -> Json:
    """Return a schema with its reference and the parts of its allOf taken together."""
    if isinstance(node, bool):
        return ANY if node else NOTHING
    parts = [target(document, node["$ref"])] if "$ref" in node else []
    parts += node.get("allOf", [])
    made: Json = {}
    for part in parts:
        made = together(made, whole(document, part))
    return together(made, {k: item for k, item in node.items() if k not in ("$ref", "allOf")})


def alternatives(document: Json, node: Any, name: str = "") -> list[tuple[str, Json]]:
    """Return each alternative of a schema, with the name of its component."""
    made = whole(document, node)
    for word in ("anyOf", "oneOf"):
        if word in made:
            rest = {key: item for key, item in made.items() if key != word}
            return [
                one
                for part in made[word]
                for one in alternatives(document, together(rest, part), name_of(part))
            ]
    return [(name, made)]


def terms(schema: Json) -> list[Any] | None:
    """Return the terms that a schema lists, if it lists any."""
    listed: list[Any] | None = schema.get("enum", [schema["const"]] if "const" in schema else None)
    return listed


def type_of(value: Any) -> str:
    """Return the type of a term."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}
    return kinds.get(type(value), "array" if isinstance(value, list) else "object")


def types(schema: Json) -> set[str]:
    """Return the types that a schema allows."""
    declared = schema.get("type", TYPES)
    found = {declared} if isinstance(declared, str) else set(declared)
    if "number" in found:
        found.add("integer")
    listed = terms(schema)
    return found if listed is None else found & {type_of(term) for term in listed}


class Schemas:
    """Compares the schemas of two documents.

    Alternatives are paired by the component they name, then by what fits, then by their order; a
    keyword without a rule of its own may not change. Both may call a harmless change breaking,
    and neither the other way round.
    """

    def __init__(self, old: Json, new: Json) -> None:
        self.old = old
        self.new = new
        # By the identity of the nodes, which live as long as the documents; an entry is there
        # before it is filled, so that a schema that holds itself comes to an end.
        self._known: dict[tuple[int, int, bool], list[Fault]] = {}

    def named(self, old: Any, new: Any, place: str) -> tuple[Any, Any, str]:
        """Follow references; what both documents name is called by its old name."""
        at = _place(name_of(old), name_of(new), place)
        return followed(self.old, old), followed(self.new, new), at

    def faults(self, old: Any, new: Any, place: str, *, asked: bool) -> list[Fault]:
        """Return what breaks clients that send the old schema (``asked``), or that read it."""
        old, new, place = self.named(old, new, place)
        key = (id(old), id(new), asked)
        if key not in self._known:
            self._known[key] = []
            self._known[key] = list(self._alternatives(old, new, place, asked))
        return self._known[key]

    def _alternatives(self, old: Any, new: Any, place: str, asked: bool) -> Iterator[Fault]:
        olds, news = alternatives(self.old, old), alternatives(self.new, new)
        null = any("null" in types(one) for _, one in olds)
        nulls = any("null" in types(one) for _, one in news)
        if asked and null and not nulls:
            yield place, "null is no longer taken"
        if not asked and nulls and not null:
            yield place, "may be null now"
        olds, news = ([one for one in some if types(one[1]) - {"null"}] for some in (olds, news))
        for one, other in self._pairs(olds, news, place, asked):
            if one and other:
                yield from self._pair(one, other, place, asked)
            elif one and asked and not any(self._fits(one, two, place, asked) for two in news):
                yield place, f"an alternative is no longer taken: {_shown(one)}"
            elif (
                other
                and not asked
                and not any(self._fits(two, other, place, asked) for two in olds)
            ):
                yield place, f"there is a new alternative: {_shown(other)}"

    def _pairs(
        self, olds: list[Alternative], news: list[Alternative], place: str, asked: bool
    ) -> Iterator[tuple[Alternative | None, Alternative | None]]:
        rest, left = [], list(news)
        for one in olds:
            same = [two for two in left if one[0] and one[0] == two[0]]
            fitting = same or [two for two in left if self._fits(one, two, place, asked)]
            if fitting:
                left.remove(fitting[0])
                yield one, fitting[0]
            else:
                rest.append(one)
        yield from zip_longest(rest, left)

    def _fits(self, one: Alternative, other: Alternative, place: str, asked: bool) -> bool:
        return next(self._pair(one, other, place, asked), None) is None

    def _pair(
        self, one: Alternative, other: Alternative, place: str, asked: bool
    ) -> Iterator[Fault]:
        return self._single(one[1], other[1], _place(one[0], other[0], place), asked)

    def _single(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        was, now = types(old) - {"null"}, types(new) - {"null"}
        if asked and was - now:
            yield place, f"no longer takes {_list(was - now)}"
        if not asked and now - was:
            yield place, f"may be {_list(now - was)} now"
        if not was & now:
            return
        yield from self._terms(old, new, place, asked)
        if terms(new) is None:
            yield from self._bounds(old, new, place, asked)
            yield from self._others(old, new, place, asked)
        if asked and "default" in old and old["default"] != new.get("default"):
            yield place, f"default is now {new.get('default')!r}, was {old['default']!r}"
        if "object" in was & now:
            yield from self._members(old, new, place, asked)
            yield from self._further(old, new, place, asked)
            yield from self._inside("propertyNames", " names", old, new, place, asked)
        if "array" in was & now:
            yield from self._inside("items", "[]", old, new, place, asked)

    def _terms(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        was, now = terms(old), terms(new)
        if was is None:
            if asked and now is not None:
                yield place, "takes listed terms alone now"
        elif now is None:
            if not asked:
                yield place, "is no longer one of the listed terms"
        else:
            for term in was:
                if term not in now and term is not None:
                    yield place, f"the term {term!r} is gone"

    def _bounds(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        for word, none in {**LOWER, **UPPER}.items():
            was, now = old.get(word, none), new.get(word, none)
            tighter = now > was if word in LOWER else now < was
            if was == now or tighter != asked or (not asked and word in GROWING):
                continue
            yield place, f"{word} is now {new.get(word, 'free')}, was {old.get(word, 'free')}"

    def _others(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        for word in sorted({*old, *new} - RULED):
            bound = word in (new if asked else old)
            if bound and old.get(word) != new.get(word):
                yield place, f"{word} is now {new.get(word, 'free')}, was {old.get(word, 'free')}"

    def _members(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        was, now = old.get("properties", {}), new.get("properties", {})
        for name, schema in was.items():
            if name in now:
                yield from self.faults(schema, now[name], f"{place}.{name}", asked=asked)
            else:
                yield f"{place}.{name}", "is gone"
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        if asked:
            yield from ((f"{place}.{name}", "is required now") for name in sorted(needs - needed))
        else:
            missing = needed - needs - (set(was) - set(now))
            yield from ((f"{place}.{name}", "may be missing now") for name in sorted(missing))

    def _further(self, old: Json, new: Json, place: str, asked: bool) -> Iterator[Fault]:
        """Compare what further members may be. Answers may always have more of them."""
        was, now = (one.get("additionalProperties", True) for one in (old, new))
        if was is False or (was is True and not asked):
            return
        if now is False:
            yield place, "no longer takes further members" if asked else "has no further members"
        else:
            yield from self.faults(was, now, f"{place}.*", asked=asked)

    def _inside(
        self, word: str, mark: str, old: Json, new: Json, place: str, asked: bool
    ) -> Iterator[Fault]:
        if word in old or word in new:
            was, now = old.get(word, ANY), new.get(word, ANY)
            yield from self.faults(was, now, f"{place}{mark}", asked=asked)


def _place(old: str, new: str, place: str) -> str:
    """Return where a fault is: in a component, if both documents name one there."""
    return old if old and new else place


def _shown(alternative: Alternative) -> str:
    return alternative[0] or _list(types(alternative[1]) - {"null"})


def _list(found: set[str]) -> str:
    return " or ".join(sorted(found))
