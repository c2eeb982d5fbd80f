"""The part of JSON Schema that the project's schema uses: is a value valid? Unknown keywords raise KeyError."""

import re
from typing import Any

_TYPES: dict[str, Any] = {
    "null": lambda v: v is None,
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: (
        isinstance(v, int | float) and not isinstance(v, bool) and (isinstance(v, int) or v.is_integer())
    ),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "string": lambda v: isinstance(v, str),
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}
_SAID_ONLY = {"$schema", "$defs", "title", "description"}


def is_valid(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None) -> bool:
    """Return whether a value is valid."""
    root = schema if root is None else root
    return all(_holds(value, word, want, schema, root) for word, want in schema.items() if word not in _SAID_ONLY)


def _holds(value: Any, word: str, want: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match word:
        case "$ref":
            return is_valid(value, root["$defs"][want.removeprefix("#/$defs/")], root)
        case "anyOf":
            return any(is_valid(value, one, root) for one in want)
        case "const":
            return type(value) is type(want) and value == want
        case "enum":
            return any(type(value) is type(one) and value == one for one in want)
        case "type":
            return bool(_TYPES[want](value))
        case "minimum":
            return not is_number or value >= want
        case "maximum":
            return not is_number or value <= want
        case "exclusiveMinimum":
            return not is_number or value > want
        case "maxLength":
            return not isinstance(value, str) or len(value) <= want
        case "minLength":
            return not isinstance(value, str) or len(value) >= want
        case "pattern":
            return not isinstance(value, str) or re.search(want, value) is not None
        case "maxItems":
            return not isinstance(value, list) or len(value) <= want
        case "minItems":
            return not isinstance(value, list) or len(value) >= want
        case "items":
            return not isinstance(value, list) or all(is_valid(one, want, root) for one in value)
        case "prefixItems":
            return not isinstance(value, list) or all(
                is_valid(one, rule, root) for one, rule in zip(value, want, strict=False)
            )
        case "required":
            return not isinstance(value, dict) or all(name in value for name in want)
        case "properties":
            return not isinstance(value, dict) or all(
                is_valid(value[name], rule, root) for name, rule in want.items() if name in value
            )
        case "additionalProperties":
            assert want is False
            return not isinstance(value, dict) or value.keys() <= schema["properties"].keys()
        case _:
            raise KeyError(word)
