"""Weights that were stored as int8 are read as int8, and everything is computed as before."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.model.compiled import graph as graphs
from engine.model.compiled.graph import CompiledGraph
from engine.model.compiled.stored_weights import keep_stored_weights, stored


def stored_like(rows: int, columns: int, seed: int = 0) -> Tensor:
    """Return a matrix as a checkpoint's reader makes it: int8 times one float16 per row, the first row zeros."""
    g = torch.Generator().manual_seed(seed)
    whole = torch.randint(-127, 128, (rows, columns), generator=g, dtype=torch.int8)
    whole[:, 0], whole[0] = 127, 0
    return whole.float() * (0.01 * torch.rand(rows, 1, generator=g)).half().float()


@pytest.mark.parametrize("axis", [0, 1])
def test_a_stored_matrix_is_found_again_exactly(axis: int) -> None:
    matrix = stored_like(12, 40).numpy()
    given = matrix if axis == 1 else np.ascontiguousarray(matrix.T)
    found = stored(given, axis)
    assert found is not None
    whole, scale = found
    assert whole.dtype == np.int8
    assert scale.shape == ((12, 1) if axis == 1 else (1, 12))
    assert np.array_equal(whole * scale, given)


def test_another_matrix_is_left_as_it_is() -> None:
    matrix = stored_like(12, 40).numpy()
    assert stored(matrix + 1e-3 * matrix.max(), 1) is None
    assert stored(matrix.astype(np.float64), 1) is None
    assert stored(matrix[None], 1) is None


class Two(nn.Module):
    """One layer whose weights were stored as int8, and one whose were not."""

    def __init__(self) -> None:
        super().__init__()
        self.stored, self.other = nn.Linear(40, 12), nn.Linear(12, 5)
        with torch.no_grad():
            self.stored.weight.copy_(stored_like(12, 40))

    def forward(self, x: Tensor) -> Tensor:
        return self.other(torch.relu(self.stored(x)))


def test_a_graph_reads_int8_and_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[list[str]] = []

    def keep(model: object) -> None:
        keep_stored_weights(model)
        constants = [node for node in model.get_ordered_ops() if node.get_type_name() == "Constant"]  # type: ignore[attr-defined]
        kinds.append([str(node.get_element_type()) for node in constants if node.get_output_shape(0) == [12, 40]])

    monkeypatch.setattr(graphs, "keep_stored_weights", keep)
    torch.manual_seed(0)
    module = Two().eval()
    x = torch.randn(3, 40)
    assert torch.allclose(CompiledGraph(module, [torch.zeros(1, 40)])(x)[0], module(x), atol=1e-6)
    assert kinds == [["<Type: 'int8_t'>"]]


def test_usual_sizes_have_a_graph_of_their_own_and_others_are_computed_as_well() -> None:
    torch.manual_seed(0)
    module = Two().eval()
    graph = CompiledGraph(module, [torch.zeros(1, 40)], usual=[[torch.zeros(1, 40)], [torch.zeros(4, 40)]])
    for rows in (1, 4, 2, 1, 7):
        x = torch.randn(rows, 40)
        assert torch.allclose(graph(x)[0], module(x), atol=1e-6)
    assert len(graph._usual) == 2
