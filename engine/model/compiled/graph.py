"""A module's forward pass, compiled for this processor by OpenVINO: the same sums in a few fused calls.

Eager PyTorch spends most of a patch on the overhead of some fifteen thousand small calls. PyTorch stays the reference:
a graph is traced from the module itself and holds its weights in float32.

Graphs are compiled at every start (2 to 3 s in all) and not stored: OpenVINO 2026.4 exports the language model's graph
so that it computes nonsense when it is imported again, with its own cache as well.
"""

import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from engine.contract.errors import DeviceError
from engine.files.stopping import undisturbed
from engine.model.compiled.stored_weights import keep_stored_weights

_MOST_DIFFERENCE = 1e-3
"""Of an output's largest value, at least one."""


class CompiledGraph:
    """A compiled forward pass. Tensors in, a tuple of tensors out.

    Not thread-safe. It computes on the CPU in one thread, for which the caller waits.
    """

    def __init__(
        self,
        module: nn.Module,
        example: Sequence[Tensor],
        *,
        varying: Sequence[Sequence[int]] | None = None,
        usual: Sequence[Sequence[Tensor]] = (),
        another: Sequence[Tensor] = (),
    ) -> None:
        """Trace and compile a module, with inputs of the shapes of `example`.

        For each input, `varying` are the dimensions that may be of any size; None means the first one of each. Inputs
        of the same sizes as one of the `usual` examples have a separate graph. It leaves no size open, which is up to a
        third quicker.

        Every graph is compared with the module once, on numbers drawn from a seed; the open one also for the sizes of
        `another` example, or without it for twice as many rows. Raises DeviceError if OpenVINO is missing, does not
        know an operation or computes something else.
        """
        if varying is None:
            varying, another = [(0,)] * len(example), another or [torch.cat([x, x]) for x in example]
        try:
            # OpenVINO calls Python, and would take a request to stop for an operation that it does not know.
            with undisturbed():
                model = _converted(module, tuple(example))
                with ThreadPoolExecutor(1) as beside:
                    closed = beside.submit(lambda: [_Request(model.clone(), _sizes(given)) for given in usual])
                    self._any = _Request(model.clone(), _sizes(example, varying))
                    self._usual = dict(zip(map(_sizes, usual), closed.result(), strict=True))
            for given in (example, another) if another else (example,):
                self._compare(module, given, self._any)
            for given in usual:
                self._compare(module, given, self._usual[_sizes(given)])
        except DeviceError:
            raise
        except Exception as error:  # its errors are not RuntimeErrors
            raise DeviceError(f"OpenVINO cannot compile the model here ({_first_line(error)}).") from error

    def __call__(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the outputs, which nothing else refers to."""
        return self._usual.get(_sizes(inputs), self._any)(inputs)

    def _compare(self, module: nn.Module, example: Sequence[Tensor], request: "_Request") -> None:
        g = torch.Generator().manual_seed(0)
        drawn = [torch.randn(x.shape, generator=g) if x.dtype.is_floating_point else x for x in example]
        with torch.inference_mode():
            exact = module(*drawn)
            pairs = zip(request(drawn), exact if isinstance(exact, tuple) else (exact,), strict=True)
            off = max(float((found - own).abs().max() / own.abs().max().clamp(min=1.0)) for found, own in pairs)
        if not off < _MOST_DIFFERENCE:
            raise DeviceError(f"OpenVINO computes something else than PyTorch here: the difference is {off:.2g}.")


def openvino_version() -> str:
    """Return the version of the OpenVINO that is installed, empty if there is none."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("openvino")
    except PackageNotFoundError:
        return ""


_Sizes = tuple[tuple[int, ...], ...]


def _sizes(given: Sequence[Tensor], varying: Sequence[Sequence[int]] | None = None) -> _Sizes:
    """Return the sizes of tensors, -1 for dimensions that vary."""
    if varying is None:
        return tuple(tuple(x.shape) for x in given)
    return tuple(
        tuple(-1 if dim in free else size for dim, size in enumerate(x.shape))
        for x, free in zip(given, varying, strict=True)
    )


def _converted(module: nn.Module, example: tuple[Tensor, ...]) -> Any:
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with warnings.catch_warnings(), torch.inference_mode(False), torch.no_grad():
        # Tracing is deprecated in favour of torch.export, whose guards fix the size of a batch; and tracing warns of
        # sizes that are constants here.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(module.eval(), example, check_trace=False)
        # The frontend is called directly: the package's own convert_model reports every call to its maker.
        frontend = FrontEndManager().load_by_framework("pytorch")
        decoder = TorchScriptPythonDecoder(traced)
        model = frontend.convert(frontend.load(decoder))
    keep_stored_weights(model)
    return model


class _Request:
    """A graph for inputs of some sizes.

    Inputs are bound one by one: OpenVINO's own `infer` spends as long on sorting them by kind as on a small pass. One
    that is the same tensor as in the call before stays bound. What they share memory with is kept.
    """

    def __init__(self, model: Any, sizes: _Sizes) -> None:
        from openvino import PartialShape

        model.reshape({place: PartialShape(size) for place, size in zip(model.inputs, sizes, strict=True)})
        self._request = _core().compile_model(model, "CPU", _SETTINGS).create_infer_request()
        self._bound: list[Tensor | None] = [None] * len(sizes)

    def __call__(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        from openvino import Tensor as Shared

        for index, (x, before) in enumerate(zip(inputs, self._bound, strict=True)):
            if x is not before:
                own = x.contiguous()
                self._request.set_input_tensor(index, Shared(own.numpy(), shared_memory=True))
                self._bound[index] = own
        found = self._request.infer()
        return tuple(torch.from_numpy(found[index]) for index in range(len(found)))


_SETTINGS = {
    "INFERENCE_NUM_THREADS": 1,
    "NUM_STREAMS": 1,
    "INFERENCE_PRECISION_HINT": "f32",
    # With its subgraphs, OpenVINO 2026.4 computes nonsense if fewer rows attend than are attended to.
    "SNIPPETS_MODE": "DISABLE",
    # Otherwise what is multiplied by int8 weights is rounded to int8 as well.
    "DYNAMIC_QUANTIZATION_GROUP_SIZE": "0",
    # A pinned thread would share its core with whatever the system put there, above all the ear's.
    "ENABLE_CPU_PINNING": False,
}


@cache
def _core() -> Any:
    from openvino import Core

    return Core()


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0] or type(error).__name__
