"""Makes a loaded model quick on its device: OpenVINO on a CPU if it is quicker, otherwise PyTorch alone."""

import copy
import os
from dataclasses import dataclass
from typing import Final

import torch

from engine.contract.errors import DeviceError, InvalidInputError
from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import ShapesStep
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
    compile_film_features,
    compile_generator,
    compile_refiner,
    compile_sentences,
    compile_shapes,
    compile_velocity,
    guided_inputs,
    plan_inputs,
    velocity_inputs,
)
from engine.model.conditioning.encoders import Encoders
from engine.model.generator.compiled_passes import CompiledPasses, TensorFunction
from engine.model.weights.checkpoint import LoadedModel
from engine.model.weights.precision import quicken, rendering_dtype

VARIABLE: Final = "SWANSPHERE_RUNTIME"
"""An environment variable that names the runtime, for tests and for finding faults: torch, openvino or auto."""


@dataclass(frozen=True, eq=False)
class _Compiled:
    passes: CompiledPasses
    velocity: TensorFunction | None
    shapes: ShapesStep | None
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
        velocity=compile_velocity(generator.dit, generator.spec) if generator.spec.distilled_steps else None,
        shapes=compile_shapes(model.codec) if isinstance(model.codec, XsFoaVae) else None,
        appearance=compile_film_features(encoders.video),
        sentences=compile_sentences(encoders.text.net),
        few_step=None if model.few_step is None else compile_velocity(model.few_step, generator.spec),
        refiner=None if model.refiner is None else compile_refiner(model.refiner),
    )


def _install(compiled: _Compiled, model: LoadedModel, encoders: Encoders) -> None:
    model.generator.compiled, model.generator.dit.compiled = compiled.passes, compiled.velocity
    if isinstance(model.codec, XsFoaVae):
        model.codec.compiled_shapes = compiled.shapes
    encoders.video.compiled, encoders.text.compiled = compiled.appearance, compiled.sentences
    if model.few_step is not None:
        model.few_step.compiled = compiled.few_step
    if model.refiner is not None:
        model.refiner.compiled = compiled.refiner


@torch.inference_mode()
def _measured(model: LoadedModel, compiled: _Compiled) -> RuntimeChoice:
    """Return the quicker runtime for a plan and a flow step, and remember it."""
    generator = model.generator
    # As `quicken` leaves it.
    quick = copy.deepcopy(generator)
    quick.dit.to(rendering_dtype(generator.history.start.device))
    plan, compiled_step = plan_inputs(generator), compiled.passes.guided or compiled.velocity
    assert compiled_step is not None
    is_distilled = generator.spec.distilled_steps > 0
    own, given = (
        velocity_inputs(each.dit, each.spec) if is_distilled else guided_inputs(each, (0,), 1)
        for each in (quick, generator)
    )

    def by_torch() -> None:
        if is_distilled:
            quick.dit(*own[:3], own[3:])
        else:
            quick.guided(*own)
        quick.next_plans(*plan)

    def by_openvino() -> None:
        compiled_step(*given)
        compiled.passes.plan(*plan)

    torch_ms, openvino_ms = times_ms(by_torch, by_openvino)
    name = OPENVINO if openvino_ms < torch_ms else TORCH
    choice = RuntimeChoice(name, round(torch_ms, 3), round(openvino_ms, 3), this_machine(openvino_version()))
    remember(choice)
    return choice
