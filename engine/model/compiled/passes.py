"""The passes of a stream, traced one by one from the modules that define them."""

from collections.abc import Callable, Sequence
from typing import Final

import torch
from torch import Tensor, nn

from engine.contract.conventions import CONDITIONING_FRAME_SIZE
from engine.model.codec.xs import XsFoaVae
from engine.model.codec.xs_frames import CodecShapes, ShapesStep
from engine.model.compiled.graph import CompiledGraph
from engine.model.conditioning.conditions import ConditionEmbedding
from engine.model.conditioning.svac import GRID_COLUMNS, GRID_ROWS
from engine.model.conditioning.text import SentenceNet
from engine.model.conditioning.video import VideoFeatures
from engine.model.generator.compiled_passes import CompiledPasses, TensorFunction
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Branches, Plans, SamplerSettings
from engine.model.generator.local_dit import CONTEXT_PATCHES, LocalDit
from engine.model.generator.refiner import GUIDANCE, Refiner
from engine.model.specs import GeneratorSpec, RefinerSpec


class _Method(nn.Module):
    """A method of a module, as a module that can be traced."""

    def __init__(self, owner: nn.Module, method: Callable[..., Tensor | tuple[Tensor, ...]]) -> None:
        super().__init__()
        self.owner, self._method = owner, method

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        return self._method(*inputs)


def compile_generator(generator: Generator) -> CompiledPasses:
    """Return the compiled passes of a generator in float32. Raises DeviceError."""
    spec = generator.spec
    return CompiledPasses(
        film=_film(generator.conditions, spec),
        plan=_plan(generator),
        guided=None if spec.distilled_steps else _guided(generator),
    )


def compile_velocity(dit: LocalDit, spec: GeneratorSpec) -> TensorFunction:
    """Return a LocDiT's compiled pass; modulations follow its other inputs one by one. Raises DeviceError."""

    def velocity(h: Tensor, context: Tensor, noisy: Tensor, *modulations: Tensor) -> Tensor:
        made: Tensor = dit(h, context, noisy, modulations)
        return made

    example = velocity_inputs(dit, spec)
    return CompiledGraph(_Method(dit, velocity), example, varying=[(0,)] * 3 + [()] * (len(example) - 3))


def velocity_inputs(dit: LocalDit, spec: GeneratorSpec) -> list[Tensor]:
    """Return the inputs of a LocDiT's compiled pass for one stream."""
    patch, latents, half = spec.patch_latents, spec.latent_dim, torch.full((1,), 0.5)
    h = torch.zeros(1, 2 * spec.dim if dit.span is not None else spec.dim)
    modulations = dit.modulations(half, half if dit.span is not None else None)
    return [h, torch.zeros(1, CONTEXT_PATCHES * patch, latents), torch.zeros(1, patch, latents), *modulations]


def compile_shapes(codec: XsFoaVae) -> ShapesStep:
    """Return the compiled pass of the codec's networks, as its `shapes_step`. Raises DeviceError."""
    start = codec.initial_state(1)
    slow_parts = len(start.slow)

    def flat(codes: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        shapes, slow, fast = codec.shapes_step(codes, states[:slow_parts], states[slow_parts:])
        return *shapes, *slow, *fast

    example = [torch.zeros(1, 4, codec.latent_dim), *start.slow, *start.fast]
    graph = CompiledGraph(_Method(codec, flat), example, usual=[example])

    def shapes_step(
        codes: Tensor, slow: tuple[Tensor, ...], fast: tuple[Tensor, ...]
    ) -> tuple[CodecShapes, tuple[Tensor, ...], tuple[Tensor, ...]]:
        if codes.shape[1] != example[0].shape[1]:
            return codec.shapes_step(codes, slow, fast)
        out = graph(codes, *slow, *fast)
        return CodecShapes(*out[:4]), out[4 : 4 + slow_parts], out[4 + slow_parts :]

    return shapes_step


def compile_film_features(video: VideoFeatures) -> TensorFunction:
    """Return the compiled pass of `VideoFeatures.seen`. Raises DeviceError."""
    width, height = CONDITIONING_FRAME_SIZE
    g = torch.Generator().manual_seed(0)
    example = [torch.randint(0, 256, (1, height, width, 3), generator=g, dtype=torch.uint8) for _ in range(2)]
    return CompiledGraph(_Method(video.net, video.seen), example, usual=[example])


def compile_sentences(net: SentenceNet) -> TensorFunction:
    """Return the compiled pass of the text encoder, for any number of tokens. Raises DeviceError."""
    ids, visible = torch.tensor([[101, 3_899, 7_227, 102]]), torch.tensor([[True, True, True, False]])
    return CompiledGraph(net, [ids, visible], varying=[(0, 1), (0, 1)])


def compile_refiner(refiner: Refiner) -> TensorFunction:
    """Return the compiled pass of `Refiner.guided`. Raises DeviceError."""
    spec = refiner.spec
    made = torch.zeros(1, spec.patch_latents, spec.made_codes)

    def given(streams: int) -> list[Tensor]:
        settings = SamplerSettings(guidance=GUIDANCE)
        step = _flow_step(refiner.dit, spec, settings, refiner.noise_shape[1], streams)
        return [made.repeat(streams, 1, 1), *step]

    return _flow(_Method(refiner, refiner.guided), 1, [given(1)], given(2))


def _film(conditions: ConditionEmbedding, spec: GeneratorSpec) -> TensorFunction:
    example = [torch.zeros(1, 1, spec.video_channels, GRID_ROWS, GRID_COLUMNS)]
    return CompiledGraph(_Method(conditions, conditions.film_and_place), example, usual=[example])


def _plan(generator: Generator) -> TensorFunction:
    example = plan_inputs(generator)
    return CompiledGraph(_Method(generator, generator.next_plans), example, usual=[example])


def plan_inputs(generator: Generator) -> list[Tensor]:
    """Return the inputs of `Generator.next_plans` for the first patch of one stream."""
    spec, state = generator.spec, generator.initial_state(1)
    rings, flag = state.lm.rings.flatten(0, 1), torch.ones(1, 1)
    given = [torch.zeros(1, 1, spec.dim), torch.zeros(1, 1, spec.text_dim), flag, flag, torch.zeros(1, 1, 3), flag]
    past = [torch.zeros(1, spec.patch_latents, spec.latent_dim), torch.zeros(1, spec.dim)]
    return [*given, *past, torch.zeros(len(rings), dtype=torch.long), rings]


def _guided(generator: Generator) -> TensorFunction:
    # A source that is placed needs no guidance of its direction: one branch fewer.
    usual = [guided_inputs(generator, codes, 1) for codes in ((), (0,))]
    return _flow(_Method(generator, generator.guided), 0, usual, guided_inputs(generator, (0,), 2))


def guided_inputs(generator: Generator, directed: tuple[int, ...], streams: int) -> list[Tensor]:
    """Return the inputs of `Generator.guided` for some streams; without `directed` codes, none guides the direction."""
    settings = SamplerSettings(directed=directed)
    return _flow_step(generator.dit, generator.spec, settings, generator.spec.latent_dim, streams)


def _flow_step(
    dit: LocalDit, spec: GeneratorSpec | RefinerSpec, settings: SamplerSettings, codes: int, streams: int
) -> list[Tensor]:
    """Return the tensors of branches of B streams, of noisy codes (B, P, codes), of a time, and its modulations."""
    patch, half = spec.patch_latents, torch.full((1,), 0.5)
    h, context = torch.zeros(streams, spec.dim), torch.zeros(streams, CONTEXT_PATCHES * patch, spec.latent_dim)
    branches = Branches.of(Plans(h, h), context, settings, codes)
    return [*branches, torch.zeros(streams, patch, codes), half, torch.stack(dit.modulations(half))]


def _flow(
    guided: nn.Module, before: int, usual: Sequence[Sequence[Tensor]], several: Sequence[Tensor]
) -> TensorFunction:
    """Return a compiled flow step for one stream (`usual`) or `several`; `before` tensors of theirs come first."""
    free: list[tuple[int, ...]] = [(0,)] * before + [*_BRANCHES, (0,)]
    varying = free + [()] * (len(several) - len(free))
    return CompiledGraph(guided, usual[0], varying=varying, usual=usual, another=several)


_BRANCHES: Final = ((0,), (0,), (0, 1), (0,), (), ())
"""Which dimensions of the tensors of Branches vary with the number of branches and of streams."""
