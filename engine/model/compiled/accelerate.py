"""Makes a loaded model quick on its device: OpenVINO on a CPU if it is quicker, otherwise PyTorch alone."""

import copy
import os
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor

from engine.contract.errors import DeviceError, InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import FramesStep
from engine.model.compiled.choice import (
    OPENVINO,
    TORCH,
    RuntimeChoice,
    remember,
    remembered,
    this_machine,
    times_ms,
)
from engine.model.compiled.graph import openvino_version
from engine.model.compiled.passes import (
    compile_appearance,
    compile_frames,
    compile_generator,
    compile_sentences,
    compile_velocity,
)
from engine.model.conditioning.encoders import Encoders
from engine.model.generator.compiled_passes import CompiledPasses, TensorFunction
from engine.model.generator.generator import Generator
from engine.model.weights.checkpoint import LoadedModel
from engine.model.weights.precision import quicken, rendering_dtype

VARIABLE: Final = "SWANSPHERE_RUNTIME"
"""An environment variable that names the runtime, for tests and for finding faults: torch, openvino or auto."""
_BRANCHES = 3


@dataclass(frozen=True, eq=False)
class _Compiled:
    passes: CompiledPasses
    velocity: TensorFunction
    frames: FramesStep | None
    appearance: TensorFunction
    sentences: TensorFunction
    few_step: TensorFunction | None
    refiner: TensorFunction | None


def accelerate(model: LoadedModel, encoders: Encoders, runtime: str | None = None) -> str:
    """Let the passes of a model, and of what reads its prompts and films, run as quickly as they can, in place.

    `runtime` is "torch", "openvino" or "auto"; None asks the environment variable SWANSPHERE_RUNTIME, then "auto",
    which measures once and remembers. Returns the runtime's name. On a GPU that is always "torch". Raises
    InvalidInputError for another name, and DeviceError if "openvino" is requested and does not work here.
    """
    wanted = asked = runtime or os.environ.get(VARIABLE) or "auto"
    if wanted not in (TORCH, OPENVINO, "auto"):
        raise InvalidInputError(f"There is no model runtime '{wanted}': choose torch, openvino or auto.")
    if model.generator.history.start.device.type != "cpu":
        wanted = TORCH
    if wanted == "auto":
        choice = remembered(this_machine(openvino_version()))
        wanted = "auto" if choice is None else choice.name
    if wanted != TORCH:
        try:
            compiled = _compile(model, encoders)
            if wanted == "auto":
                wanted = _measured(model, compiled).name
        except DeviceError:
            if asked == OPENVINO:
                raise
            wanted = TORCH
        else:
            if wanted == OPENVINO:
                _install(compiled, model, encoders)
    if wanted == TORCH:
        quicken(model)
    return wanted


def _compile(model: LoadedModel, encoders: Encoders) -> _Compiled:
    generator = model.generator
    return _Compiled(
        passes=compile_generator(generator),
        velocity=compile_velocity(generator.dit, generator.spec),
        frames=compile_frames(model.codec) if isinstance(model.codec, XsFoaVae) else None,
        appearance=compile_appearance(encoders.video.net),
        sentences=compile_sentences(encoders.text.net),
        few_step=None if model.few_step is None else compile_velocity(model.few_step, generator.spec),
        refiner=None if model.refiner is None else compile_velocity(model.refiner.dit, model.refiner.spec),
    )


def _install(compiled: _Compiled, model: LoadedModel, encoders: Encoders) -> None:
    model.generator.compiled, model.generator.dit.compiled = compiled.passes, compiled.velocity
    if isinstance(model.codec, XsFoaVae):
        model.codec.compiled_frames = compiled.frames
    encoders.video.compiled, encoders.text.compiled = compiled.appearance, compiled.sentences
    if model.few_step is not None:
        model.few_step.compiled = compiled.few_step
    if model.refiner is not None:
        model.refiner.dit.compiled = compiled.refiner


@torch.inference_mode()
def _measured(model: LoadedModel, compiled: _Compiled) -> RuntimeChoice:
    """Return the quicker runtime, and remember it."""
    generator = model.generator
    velocity, advance = _velocity_inputs(generator), _advance_inputs(generator)
    # As `quicken` leaves it.
    quick, dtype = copy.deepcopy(generator.dit), rendering_dtype(velocity[0].device)
    quick.to(dtype)
    modulations = tuple(m.to(dtype) for m in velocity[3:])

    def by_torch() -> None:
        quick(*velocity[:3], modulations)
        generator.lm.advance(*advance)

    def by_openvino() -> None:
        compiled.velocity(*velocity)
        compiled.passes.advance(*advance)

    torch_ms, openvino_ms = times_ms(by_torch, by_openvino)
    name = OPENVINO if openvino_ms < torch_ms else TORCH
    choice = RuntimeChoice(name, round(torch_ms, 3), round(openvino_ms, 3), this_machine(openvino_version()))
    remember(choice)
    return choice


def _velocity_inputs(generator: Generator) -> tuple[Tensor, ...]:
    """Return what the LocDiT gets in one flow step of one lane, drawn from a seed."""
    spec, g = generator.spec, torch.Generator().manual_seed(0)
    shapes = ((spec.dim,), (2 * spec.patch_latents, spec.latent_dim), (spec.patch_latents, spec.latent_dim))
    given = [torch.randn(_BRANCHES, *shape, generator=g) for shape in shapes]
    if spec.distilled_steps:
        half = torch.full((1,), 0.5)
        return torch.cat([given[0], given[0]], dim=1), *given[1:], *generator.dit.modulations(half, half)
    return *given, *generator.dit.modulations(torch.full((1,), 0.5))


def _advance_inputs(generator: Generator) -> tuple[Tensor, ...]:
    """Return what the language model gets in one patch of one lane: two plans."""
    spec, g = generator.spec, torch.Generator().manual_seed(0)
    state = generator.initial_state(1).lm
    rows = state.rings.flatten(0, 1)
    x = torch.randn(len(rows), 1, spec.dim, generator=g)
    memory = torch.randn(len(rows), 1, spec.text_tokens, spec.dim, generator=g)
    return x, memory, state.position.repeat(len(rows)), rows
