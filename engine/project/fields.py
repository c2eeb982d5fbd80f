"""Reads the fields of untrusted JSON, each with a sentence if it is missing or of the wrong type."""

from enum import Enum
from typing import Any, Final, TypeVar

from engine.contract.errors import SceneError

_Choice = TypeVar("_Choice", bound=Enum)
_LARGEST: Final = 2**53
_LONGEST_SHOWN: Final = 40


class Fields:
    """The fields of one JSON object; `where` names it in sentences: "lane 3".

    If `strict`, a field that nothing has read is refused by `finish`. Raises SceneError if it is not an object.
    """

    def __init__(self, value: object, where: str, *, strict: bool) -> None:
        if not isinstance(value, dict):
            raise SceneError(f"{where} is not an object with named values.")
        self._values: dict[str, Any] = value
        self._where = where
        self._strict = strict
        self._read: set[str] = set()

    def number(self, name: str) -> float:
        """Return a number. Raises SceneError."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
            raise SceneError(f"{name} of {self._where} is not a usable number.")
        return float(value)

    def whole(self, name: str) -> int:
        """Return a whole number. Raises SceneError."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int) or not abs(value) <= _LARGEST:
            raise SceneError(f"{name} of {self._where} is not a usable whole number.")
        return value

    def text(self, name: str) -> str:
        """Return a text. Raises SceneError."""
        value = self._value(name)
        if not isinstance(value, str):
            raise SceneError(f"{name} of {self._where} is not text.")
        return value

    def flag(self, name: str) -> bool:
        """Return true or false. Raises SceneError."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise SceneError(f"{name} of {self._where} is neither true nor false.")
        return value

    def choice(self, name: str, kind: type[_Choice]) -> _Choice:
        """Return one of the values of an enumeration. Raises SceneError."""
        value = self._value(name)
        for known in kind:
            if known.value == value and isinstance(value, str):
                return known
        shown = f"'{value[:_LONGEST_SHOWN]}'" if isinstance(value, str) else "not text"
        raise SceneError(f"{name} of {self._where} is {shown}, which is not known.")

    def items(self, name: str, most: int) -> list[Any]:
        """Return a list of at most `most` values. Raises SceneError."""
        value = self._value(name)
        if not isinstance(value, list):
            raise SceneError(f"{name} of {self._where} is not a list.")
        if len(value) > most:
            raise SceneError(f"{name} of {self._where} has {len(value)} entries: at most {most} are possible.")
        return value

    def inner(self, name: str, where: str = "") -> "Fields":
        """Return the fields of an object inside this one. Raises SceneError."""
        return Fields(self._value(name), where or f"{name} of {self._where}", strict=self._strict)

    def is_null(self, name: str) -> bool:
        """Return whether a field is null, and then counts as read. Raises SceneError if it is missing."""
        return self._value(name) is None

    def finish(self) -> None:
        """Raise SceneError if it has a field that nothing has read: a typing error, or a file of another program."""
        unknown = sorted(self._values.keys() - self._read)
        if self._strict and unknown:
            raise SceneError(f"{self._where} has an unknown value {unknown[0][:_LONGEST_SHOWN]!r}.")

    def _value(self, name: str) -> Any:
        self._read.add(name)
        try:
            return self._values[name]
        except KeyError:
            raise SceneError(f"{self._where} has no {name}.") from None
