"""A safetensors file with its description, read with distrust: its statements are checked before any tensor is read."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safetensors import SafetensorError, safe_open
from torch import Tensor

from engine.contract.errors import CheckpointError

SCALE: Final = ".row_scale"
"""Beside an int8 matrix: one factor for each of its rows."""
_LONGEST_DESCRIPTION: Final = 1 << 20
_TYPES: Final = frozenset(("F16", "F32", "BF16", "F64", "I8", "I16", "I32", "I64", "U8", "BOOL"))


@dataclass(frozen=True)
class StoredTensors:
    """A file's description of itself.

    It has its kind, the spec of its content, and the hash of the file that it belongs beside ("" for none). `shapes`
    are those of the tensors as they are used.
    """

    path: Path
    kind: str
    spec: dict[str, object]
    beside: str
    shapes: dict[str, tuple[int, ...]]

    def tensors(self) -> dict[str, Tensor]:
        """Return the tensors on the CPU, matrices times their scales. Raises CheckpointError."""
        try:
            with safe_open(self.path, framework="pt") as file:
                held = {key: file.get_tensor(key) for key in file.keys()}
        except (SafetensorError, OSError) as error:
            raise _damaged(self.path) from error
        return {
            key: value if (scale := held.get(key + SCALE)) is None else value.float() * scale.float()
            for key, value in held.items()
            if not key.endswith(SCALE)
        }


def read_stored(path: Path, format_key: str, kinds: tuple[str, ...]) -> StoredTensors:
    """Return a file's description of itself; no tensor is read. `format_key` is its place in the metadata.

    Raises CheckpointError if it is damaged, of another program, or of none of the kinds.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {})[format_key]
            held = {key: file.get_slice(key) for key in file.keys()}
            shapes = {key: tuple(int(size) for size in value.get_shape()) for key, value in held.items()}
            types = {value.get_dtype() for value in held.values()}
        if len(text) > _LONGEST_DESCRIPTION or not types <= _TYPES:
            raise ValueError("no checkpoint is like that")
        description = json.loads(text)
        kind, spec, beside = str(description["kind"]), dict(description["spec"]), str(description.get("beside", ""))
    except (SafetensorError, OSError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise _damaged(path) from error
    if kind not in kinds:
        shown = " ".join(kind[:40].split())
        raise CheckpointError(f"{path} holds a {shown}, not a {kinds[0]}: choose another folder.")
    for key, shape in shapes.items():
        # A scale of another shape would make a tensor larger than anything in the file.
        if key.endswith(SCALE) and shape != (*shapes.get(key.removesuffix(SCALE), ())[:1], 1):
            raise _damaged(path)
    used = {key: shape for key, shape in shapes.items() if not key.endswith(SCALE)}
    return StoredTensors(path, kind, spec, beside, used)


def _damaged(path: Path) -> CheckpointError:
    return CheckpointError(f"{path} is damaged or not a SwanSphere checkpoint: copy it again.")
