"""The compiled passes compute what the modules compute, and are taken only if they are quicker and equal."""

import json
import signal
import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.contract.control import Prompt
from engine.contract.errors import DeviceError, InvalidInputError
from engine.contract.generation import LaneRequest, PatchRequest
from engine.files.stopping import Stopped, stopping_in_order
from engine.model.compiled import accelerate as accelerating
from engine.model.compiled import choice as choosing
from engine.model.compiled.accelerate import VARIABLE, accelerate
from engine.model.compiled.choice import OPENVINO, TORCH, RuntimeChoice, choice_file, remember, remembered
from engine.model.compiled.graph import CompiledGraph
from engine.model.compiled.passes import compile_sentences
from engine.model.conditioning.encoders import load_encoders
from engine.model.streaming.streamer import PatchStreamer, load_patch_source
from engine.model.weights.checkpoint import load_model
from tests.rough_refiner import write_refined

LEFT, FRONT = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])


@pytest.fixture(autouse=True)
def fresh_choice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv(VARIABLE)
    torch.set_num_threads(1)


def played(folder: Path | None, runtime: str, steps: int = 3) -> NDArray[np.float32]:
    """Return six patches with a film, and a second lane from the third patch on."""
    model, encoders = load_model(folder), load_encoders()
    if runtime == OPENVINO:
        assert accelerate(model, encoders, OPENVINO) == OPENVINO
    streamer = PatchStreamer(model, encoders, runtime=runtime)
    frames = np.random.default_rng(0).integers(0, 255, (6, 128, 256, 3), dtype=np.uint8)
    made = []
    for index, frame in enumerate(frames):
        lanes = (LaneRequest(1, Prompt("rain"), FRONT),) if index >= 2 else ()
        request = PatchRequest(Prompt("a dog barks"), frame, index, LEFT, steps, lanes=lanes)
        made.append(streamer.next_patch(request).samples)
    return np.concatenate(made, axis=1)


@pytest.mark.parametrize("steps", [5, 2])
def test_the_shipped_model_sounds_the_same_in_both_runtimes(steps: int) -> None:
    reference, compiled = played(None, TORCH, steps), played(None, OPENVINO, steps)
    # Random phases grow apart from rounding, so the first patches are compared sample by sample, and all by level.
    assert np.abs(compiled - reference)[:, :7_680].max() < 1e-3 * np.abs(reference).max()
    levels = [np.sqrt((x.reshape(4, -1, 7_680) ** 2).mean(axis=2)) for x in (compiled, reference)]
    assert np.abs(20 * np.log10((levels[0] + 1e-4) / (levels[1] + 1e-4))).max() < 0.5


def test_so_does_a_model_with_a_refiner(tmp_path: Path) -> None:
    write_refined(tmp_path)
    model, encoders = load_model(tmp_path), load_encoders()
    assert accelerate(model, encoders, OPENVINO) == OPENVINO
    assert model.refiner is not None
    assert model.refiner.compiled is not None
    reference, compiled = played(tmp_path, TORCH), played(tmp_path, OPENVINO)
    assert np.abs(compiled - reference)[:, :7_680].max() < 1e-3 * np.abs(reference).max()


def test_a_compiled_graph_takes_any_number_of_rows() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.SiLU(), torch.nn.Linear(16, 3)).eval()
    graph = CompiledGraph(layer, [torch.zeros(1, 8)])
    for rows in (1, 2, 7):
        x = torch.randn(rows, 8)
        assert torch.allclose(graph(x)[0], layer(x), atol=1e-6)
    # A view that is not contiguous is read in its own order.
    x = torch.randn(8, 4).T
    assert torch.allclose(graph(x)[0], layer(x), atol=1e-6)


def test_prompts_of_any_length_are_read_the_same() -> None:
    reference, compiled = load_encoders().text, load_encoders().text
    compiled.compiled = compile_sentences(compiled.net)
    for texts in (["rain"], ["a dog barks far away on the left while rain falls", "wind"], ["word " * 300]):
        assert torch.allclose(compiled.encode(texts), reference.encode(texts), atol=1e-5)


def test_outputs_are_not_overwritten_by_the_next_call() -> None:
    graph = CompiledGraph(torch.nn.Identity(), [torch.zeros(1, 4)])
    first = graph(torch.ones(1, 4))[0]
    graph(torch.zeros(1, 4))
    assert torch.equal(first, torch.ones(1, 4))


def test_compiling_opens_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr("openvino_telemetry.Telemetry.__init__", refuse)
    CompiledGraph(torch.nn.Linear(4, 4).eval(), [torch.zeros(1, 4)])


def test_the_choice_is_measured_once_and_remembered(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_patch_source(tiny_folder).runtime
    saved = json.loads(choice_file().read_text())
    assert saved["name"] == first
    assert saved["torch_ms"] > 0 < saved["openvino_ms"]
    monkeypatch.setattr(accelerating, "times_ms", lambda *_: pytest.fail("measured again"))
    assert load_patch_source(tiny_folder).runtime == first


@pytest.mark.parametrize(("times", "name"), [((2.0, 1.0), OPENVINO), ((1.0, 2.0), TORCH)])
def test_the_quicker_runtime_is_taken(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch, times: tuple[float, float], name: str
) -> None:
    monkeypatch.setattr(accelerating, "times_ms", lambda *_: list(times))
    model, encoders = load_model(tiny_folder), load_encoders()
    assert accelerate(model, encoders) == name
    assert (model.generator.compiled is not None) == (name == OPENVINO)
    assert (encoders.video.compiled is not None) == (name == OPENVINO)
    assert "2.0 times as fast as" in remembered().sentence


class Beta(torch.nn.Module):
    """An operation whose option OpenVINO passes over; if it no longer does, find another."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.softplus(x, beta=4.0)


def test_a_graph_that_computes_something_else_is_refused() -> None:
    with pytest.raises(DeviceError, match="computes something else"):
        CompiledGraph(Beta(), [torch.zeros(1, 4)])


class Baked(torch.nn.Module):
    """A number of rows that tracing takes for a constant."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * len(x)


def test_a_graph_that_holds_for_one_row_alone_is_refused() -> None:
    with pytest.raises(DeviceError, match="computes something else"):
        CompiledGraph(Baked(), [torch.zeros(1, 4)])
    CompiledGraph(Baked(), [torch.zeros(1, 4)], varying=[()])


class Eigenvalues(torch.nn.Module):
    """An operation that OpenVINO does not know."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.linalg.eigvalsh(x)


def test_an_operation_that_openvino_does_not_know_is_one_sentence() -> None:
    with pytest.raises(DeviceError, match="OpenVINO cannot compile the model here"):
        CompiledGraph(Eigenvalues(), [torch.eye(3)[None]])


def test_a_request_to_stop_while_openvino_compiles_stops_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenVINO called Python, got the request as an error, and the work went on with PyTorch."""
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    asked: list[int] = []
    before = TorchScriptPythonDecoder.get_op_type

    def get_op_type(self: TorchScriptPythonDecoder) -> str:
        if not asked:
            asked.append(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        return str(before(self))

    monkeypatch.setattr(TorchScriptPythonDecoder, "get_op_type", get_op_type)
    with pytest.raises(Stopped), stopping_in_order():
        CompiledGraph(torch.nn.Linear(3, 2), [torch.zeros(1, 3)])
    assert asked


def test_without_openvino_pytorch_plays(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise DeviceError("OpenVINO cannot compile the model here (No module named 'openvino').")

    monkeypatch.setattr(accelerating, "compile_generator", missing)
    assert load_patch_source(tiny_folder).runtime == TORCH
    assert not choice_file().exists()
    with pytest.raises(DeviceError, match="OpenVINO cannot compile"):
        load_patch_source(tiny_folder, runtime=OPENVINO)
    monkeypatch.setenv(VARIABLE, OPENVINO)
    with pytest.raises(DeviceError, match="OpenVINO cannot compile"):
        load_patch_source(tiny_folder)


def test_another_name_is_refused(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "onnx")
    with pytest.raises(InvalidInputError, match="choose torch, openvino or auto"):
        load_patch_source(tiny_folder)


@pytest.mark.parametrize(
    "text", ["", "{}", "[1]", '{"name": "onnx", "torch_ms": 1, "openvino_ms": 1, "machine": ""}', "x" * 20_000]
)
def test_a_damaged_choice_is_forgotten(text: str) -> None:
    choice_file().parent.mkdir(parents=True)
    choice_file().write_text(text)
    assert remembered() is None


def test_another_machine_is_measured_anew() -> None:
    remember(RuntimeChoice(OPENVINO, 2.0, 1.0, "this one"))
    assert remembered("this one") == RuntimeChoice(OPENVINO, 2.0, 1.0, "this one")
    assert remembered("another one") is None


def test_a_choice_that_cannot_be_written_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "SwanSphere").write_text("a file where the folder should be")
    remember(RuntimeChoice(TORCH, 1.0, 2.0, "this one"))
    assert remembered() is None


def test_times_are_taken_in_turns() -> None:
    order: list[str] = []
    assert len(choosing.times_ms(lambda: order.append("a"), lambda: order.append("b"))) == 2
    assert order[-4:] == ["a", "b", "a", "b"]
