"""Weights that are stored as int8 stay int8 in a compiled graph: a patch reads a quarter of the memory.

The numbers are the same. A stream goes through all weights of a model in every patch, and in float32 those are more
than the caches of most processors hold.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_LARGEST = 127
"""Of a row's int8 values: its scale was chosen so."""


def keep_stored_weights(model: Any) -> None:
    """Give the matrices of an OpenVINO model that are int8 times one float16 per row as such, in place."""
    from openvino import opset13 as ops

    for node in model.get_ordered_ops():
        if node.get_type_name() != "MatMul" or node.input_value(1).get_node().get_type_name() != "Constant":
            continue
        matrix = node.input_value(1).get_node().data
        found = stored(matrix, axis=1 if node.get_attributes()["transpose_b"] else 0)
        if found is not None:
            whole, scale = found
            kept = ops.multiply(ops.convert(ops.constant(whole), "f32"), ops.constant(scale))
            node.input(1).replace_source_output(kept.output(0))


def stored(matrix: NDArray[Any], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]] | None:
    """Return the int8 values (R, C) and scales of a float32 matrix, one for each line along `axis`.

    None if it is not exactly their product: then it was not stored like that.
    """
    if matrix.dtype != np.float32 or matrix.ndim != 2:
        return None
    scale = np.abs(matrix).max(axis=axis, keepdims=True) / np.float32(_LARGEST)
    whole = np.rint(matrix / np.where(scale > 0.0, scale, 1.0)).astype(np.int8)
    return (whole, scale) if np.array_equal(whole * scale, matrix) else None
