"""What a type allows at a path of a document: for hints to people, and to refuse lenient types."""

from typing import Any, TypeAlias

import msgspec.inspect as mi

from tdome.kernel.toml_lines import Path

Toml: TypeAlias = Any
"""A value as tomllib reads it: text, number, date, list or dictionary of such."""


def refuse_lenient(type_: type[Any]) -> None:
    """Raise TypeError if a struct anywhere in a type lets unknown keys pass."""
    waiting: list[mi.Type] = [mi.type_info(type_)]
    seen: set[type[Any]] = set()
    while waiting:
        for kind in _members(waiting.pop()):
            if isinstance(kind, mi.StructType):
                if kind.cls in seen:
                    continue
                seen.add(kind.cls)
                if not kind.forbid_unknown_fields:
                    msg = f"{kind.cls.__qualname__} must be made with forbid_unknown_fields=True"
                    raise TypeError(msg)
            waiting += _all_inside(kind)


def value_at(document: Toml, path: Path) -> Toml:
    """Return what stands at a path of a document; None if nothing does."""
    for step in path:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document


def keys_at(type_: type[Any], path: Path, document: Toml) -> list[str]:
    """Return the keys that a type allows in the table at a path."""
    keys: list[str] = []
    for kind in _kinds_at(type_, path, document):
        if isinstance(kind, mi.StructType):
            keys += [kind.tag_field] if kind.tag_field else []
            keys += [field.encode_name for field in kind.fields]
    return list(dict.fromkeys(keys))


def choices_at(type_: type[Any], path: Path, document: Toml, *, of_key: bool) -> list[str]:
    """Return the values that a type allows at a path, if they are few; or those of its key.

    Where text stands, what can not be text (a number or a word, and the word is wrong) is left out.
    """
    text = of_key or isinstance(value_at(document, path), str)
    kinds = _kinds_at(type_, path[:-1] if of_key else path, document)
    if of_key:
        kinds = [
            key
            for kind in kinds
            if isinstance(kind, mi.DictType)
            for key in _members(kind.key_type)
        ]
    choices: list[str] = []
    for kind in kinds:
        if isinstance(kind, mi.EnumType):
            choices += [str(member.value) for member in kind.cls]
        elif isinstance(kind, mi.LiteralType):
            choices += [str(value) for value in kind.values]
        elif isinstance(kind, mi.StrType) or not (text or isinstance(kind, mi.NoneType)):
            return []
    return choices


def takes_whole_only(type_: type[Any], path: Path, document: Toml) -> bool:
    """Tell whether a type allows whole numbers at a path, and none with a fraction."""
    kinds = _kinds_at(type_, path, document)
    return any(isinstance(kind, mi.IntType) for kind in kinds) and not any(
        isinstance(kind, mi.FloatType) for kind in kinds
    )


def all_keys(type_: type[Any]) -> list[str]:
    """Return every key that a type allows, as ``raids[*].salvos[*].count``."""
    found: list[str] = []
    waiting: list[tuple[str, mi.Type]] = [("", kind) for kind in _members(mi.type_info(type_))]
    while waiting:
        path, kind = waiting.pop()
        if isinstance(kind, mi.StructType):
            for field in kind.fields:
                name = f"{path}.{field.encode_name}" if path else field.encode_name
                found.append(name)
                waiting += [(name, member) for member in _members(field.type)]
        elif isinstance(kind, mi.CollectionType) and not isinstance(kind, mi.TupleType):
            waiting += [(f"{path}[*]", member) for member in _members(kind.item_type)]
    return sorted(found)


def _kinds_at(type_: type[Any], path: Path, document: Toml) -> list[mi.Type]:
    kinds = _members(mi.type_info(type_))
    for step in path:
        inside = [child for kind in _matching(kinds, document) for child in _inside(kind, step)]
        kinds = [member for child in inside for member in _members(child)]
        document = value_at(document, (step,))
    return _matching(kinds, document)


def _members(kind: mi.Type) -> list[mi.Type]:
    """Take a type out of its wrappings: the members of a union, or itself."""
    if isinstance(kind, mi.Metadata):
        return _members(kind.type)
    if isinstance(kind, mi.UnionType):
        return [inner for member in kind.types for inner in _members(member)]
    return [kind]


def _matching(kinds: list[mi.Type], value: Toml) -> list[mi.Type]:
    """Keep the struct whose tag the value carries; all, if it carries none of them."""
    kept: list[mi.Type] = [
        kind
        for kind in kinds
        if isinstance(kind, mi.StructType)
        and kind.tag_field is not None
        and value_at(value, (kind.tag_field,)) == kind.tag
    ]
    return kept or kinds


def _inside(kind: mi.Type, step: str | int) -> list[mi.Type]:
    if isinstance(kind, mi.StructType):
        if step == kind.tag_field:
            return [mi.LiteralType((kind.tag,))]
        return [field.type for field in kind.fields if field.encode_name == step]
    if isinstance(kind, mi.TupleType):
        return [kind.item_types[step]] if isinstance(step, int) else []
    return _all_inside(kind)


def _all_inside(kind: mi.Type) -> list[mi.Type]:
    if isinstance(kind, mi.StructType):
        return [field.type for field in kind.fields]
    if isinstance(kind, mi.TupleType):
        return list(kind.item_types)
    if isinstance(kind, mi.DictType):
        return [kind.value_type]
    if isinstance(kind, mi.CollectionType):
        return [kind.item_type]
    return []
