"""The speed of the model on this machine, stage by stage, against a full-sequence DiT of the same size, in one run.

The scene is the same for both: a moving picture at 4 frames per second, a prompt, a turning direction. The streaming
side gets a new prompt every 16 patches, so that the figures include a user who keeps typing.
"""

import gc
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.control import Prompt
from engine.contract.conventions import CONDITIONING_FPS, CONDITIONING_FRAME_SIZE, DEFAULT_FLOW_STEPS, PATCH_S
from engine.contract.generation import PatchRequest, PatchSource
from engine.contract.view import ViewOrientation
from engine.evaluation.speed.bench_report import (
    BenchReport,
    FullSequenceFigures,
    StreamingFigures,
    print_table,
    write_json,
)
from engine.evaluation.speed.full_sequence_dit import GUIDANCE_BRANCHES, count_parameters, full_sequence_dit_like
from engine.evaluation.speed.timing import spread, timed_ms
from engine.model.codec.foa_vae import AnyFoaVae, DecoderState, EncoderState, FoaVae
from engine.model.compiled.choice import OPENVINO, TORCH, processor_name
from engine.model.compiled.graph import CompiledGraph
from engine.model.compiled.passes import compile_film_features, compile_sentences
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.guiding import SamplerSettings
from engine.model.streaming.streamer import load_patch_source
from engine.model.weights.checkpoint import LoadedModel, load_model
from engine.model.weights.precision import rendering_dtype

_PROMPTS = ("rain on a tin roof", "a dog barks far away", "waves on a beach", "a car passes")
_PATCHES_A_PROMPT = 16
_FIRST_AUDIO_RUNS = 5
_FULL_SEQUENCE_RUNS = 3
_BINAURAL_BLOCK = 512


@dataclass(frozen=True)
class BenchSettings:
    """The length of the clip, the flow steps per patch, the torch threads, and the model's runtime.

    `runtime` is as in `accelerate`: None for the one that was chosen for this processor.
    """

    seconds: float = 10.0
    steps: int = DEFAULT_FLOW_STEPS
    threads: int = 1
    runtime: str | None = None

    @property
    def patches(self) -> int:
        """Patches that cover the clip."""
        return max(1, int(np.ceil(self.seconds / PATCH_S - 1e-9)))


def run_bench(
    json_path: Path, checkpoint: Path | None = None, device: str = "cpu", settings: BenchSettings | None = None
) -> BenchReport:
    """Measure, print the table and write the figures.

    Raises CheckpointError for the weights, DeviceError for the device and ExportError if the file cannot be written.
    """
    settings = settings or BenchSettings()
    threads_before = torch.get_num_threads()
    try:
        source, load_ms = timed_ms(lambda: load_patch_source(checkpoint, device, settings.threads, settings.runtime))
        streaming = measure_streaming(source, settings)
        model = load_model(checkpoint, device)
        full = measure_full_sequence(model, device, settings, source.runtime)
        report = BenchReport(
            machine=_machine(device, settings.threads, source.runtime),
            checkpoint_sha256=source.checkpoint_sha256,
            seconds=settings.patches * PATCH_S,
            steps=settings.steps,
            load_s=round(load_ms / 1_000.0, 3),
            parameters={
                "generator": _makers(model),
                "codec": count_parameters(model.codec),
                "full_sequence_dit": full.parameters,
            },
            streaming=streaming,
            full_sequence=full,
        )
    finally:
        torch.set_num_threads(threads_before)
    print_table(report)
    write_json(report, json_path)
    return report


def measure_streaming(source: PatchSource, settings: BenchSettings) -> StreamingFigures:
    """Time a stream through the application's seam, and the binaural decoder behind it."""
    frames = _film(settings.seconds)
    gc.collect()
    first = []
    for seed in range(_FIRST_AUDIO_RUNS):
        source.reset(seed)
        first.append(timed_ms(partial(source.next_patch, _request(0, frames, settings.steps)))[1])
    source.reset(0)
    ears = BinauralRenderer(load_filters())
    patch_ms, binaural_ms = [], []
    stages: dict[str, list[float]] = {}
    for index in range(settings.patches):
        request = _request(index, frames, settings.steps)
        before = _request(index - 1, frames, settings.steps) if index else None
        result, elapsed_ms = timed_ms(partial(source.next_patch, request))
        patch_ms.append(elapsed_ms)
        for stage, stage_ms in result.stage_ms.items():
            if _stage_runs(stage, request, before):
                stages.setdefault(stage, []).append(stage_ms)
        view = ViewOrientation(yaw_rad=0.05 * index)
        binaural_ms.append(timed_ms(partial(_to_ears, ears, result.samples, view))[1])
    stages["binaural"] = binaural_ms
    return StreamingFigures(
        first_audio_ms=spread(first),
        patch_ms=spread(patch_ms),
        rtf=round(sum(patch_ms) / (1_000.0 * PATCH_S * len(patch_ms)), 4),
        stages_ms={stage: spread(times) for stage, times in stages.items()},
    )


@torch.inference_mode()
def measure_full_sequence(
    model: LoadedModel, device: str, settings: BenchSettings, runtime: str = TORCH
) -> FullSequenceFigures:
    """Time the baseline on the same clip: all of the film, all latents, then decode the first patch and the rest.

    Its film and its flow steps run in the same runtime as the stream's.
    """
    # It makes all of the codec's codes by itself: its size is that of the generator with its refiner.
    spec = replace(model.generator.spec, latent_dim=model.codec.latent_dim)
    dit = full_sequence_dit_like(spec, _makers(model)).to(device)
    encoders = load_encoders()
    length = settings.patches * spec.patch_latents
    if runtime == OPENVINO:
        encoders.video.compiled = compile_film_features(encoders.video)
        encoders.text.compiled = compile_sentences(encoders.text.net)
        sizes = ((length, spec.latent_dim), (), (length, spec.dim), (spec.text_tokens, spec.dim))
        dit.compiled = CompiledGraph(
            dit, [torch.zeros(GUIDANCE_BRANCHES, *size) for size in sizes], varying=[()] * len(sizes)
        )
    else:
        dit.layers.to(rendering_dtype(torch.device(device)))  # as the LocDiT that it is compared with
    frames = torch.from_numpy(_film(settings.seconds))
    sampler = SamplerSettings(settings.steps)
    noise = torch.randn(1, length, spec.latent_dim, device=device)

    def conditions() -> Conditions:
        features = encoders.video.sequence(frames)[_frame_indices(settings.patches)][None].to(device)
        words = encoders.text.encode([_PROMPTS[0]]).expand(settings.patches, -1)[None].to(device)
        directions = np.stack([_direction(index) for index in range(settings.patches)])
        there = torch.ones(1, settings.patches, device=device)
        towards = torch.from_numpy(directions).float()[None].to(device)
        return Conditions(words, there, features, there, towards, there)

    dit.sample(noise, conditions(), SamplerSettings(1))
    gc.collect()
    codec: AnyFoaVae = model.codec
    patch, start = spec.patch_latents, codec.initial_state(1)
    first: list[float] = []
    whole: list[float] = []
    stages: dict[str, list[float]] = {"text and video": [], "dit": [], "codec": []}
    for _ in range(_FULL_SEQUENCE_RUNS):
        known, condition_ms = timed_ms(conditions)
        latents, dit_ms = timed_ms(partial(_on_device_and_done, dit.sample, noise, known, sampler))
        (_, state), first_ms = timed_ms(partial(_decoded, codec, latents[:, :patch], start))
        _, rest_ms = timed_ms(partial(_decoded, codec, latents[:, patch:], state))
        for stage, elapsed_ms in zip(stages, (condition_ms, dit_ms, first_ms + rest_ms), strict=True):
            stages[stage].append(elapsed_ms)
        first.append(condition_ms + dit_ms + first_ms)
        whole.append(first[-1] + rest_ms)
    return FullSequenceFigures(
        parameters=count_parameters(dit),
        layers=len(dit.layers),
        first_audio_ms=spread(first),
        total_ms=spread(whole),
        rtf=round(float(np.median(whole)) / (1_000.0 * PATCH_S * settings.patches), 4),
        stages_ms={stage: spread(times) for stage, times in stages.items()},
    )


def _makers(model: LoadedModel) -> int:
    """Return the number of parameters that make latents."""
    return count_parameters(model.generator) + (0 if model.refiner is None else count_parameters(model.refiner))


def _on_device_and_done(sample: Callable[..., Tensor], *arguments: object) -> Tensor:
    """Sample, and wait until a GPU has really finished."""
    latents = sample(*arguments)
    latents[0, 0, 0].item()
    return latents


def _decoded(
    codec: FoaVae[EncoderState, DecoderState], latents: Tensor, state: DecoderState
) -> tuple[Tensor, DecoderState]:
    foa, state = codec.decode_step(latents, state)
    return foa.cpu(), state


def _film(seconds: float) -> NDArray[np.uint8]:
    """Return conditioning frames (F, 128, 256, 3) of a bright spot that circles in a textured room."""
    width, height = CONDITIONING_FRAME_SIZE
    room = np.random.default_rng(0).integers(40, 120, (height, width, 3), dtype=np.uint8)
    frames = np.repeat(room[None], int(np.ceil(seconds * CONDITIONING_FPS)) + 1, axis=0)
    for index, frame in enumerate(frames):
        frame[48:80, (np.arange(24) + 9 * index) % width] = (250, 220, 60)
    return frames


def _frame_index(patch: int) -> int:
    return int(patch * PATCH_S * CONDITIONING_FPS + 1e-9)


def _frame_indices(patches: int) -> list[int]:
    return [_frame_index(patch) for patch in range(patches)]


def _direction(patch: int) -> NDArray[np.float64]:
    angle = 0.1 * patch
    return np.array([np.cos(angle), np.sin(angle), 0.0])


def _request(patch: int, frames: NDArray[np.uint8], steps: int) -> PatchRequest:
    return PatchRequest(
        prompt=Prompt(_PROMPTS[patch // _PATCHES_A_PROMPT % len(_PROMPTS)]),
        frame=frames[_frame_index(patch)],
        frame_index=_frame_index(patch),
        direction=_direction(patch),
        steps=steps,
    )


def _stage_runs(stage: str, request: PatchRequest, before: PatchRequest | None) -> bool:
    """Return whether a stage has work in this patch: text and video only if the prompt or the frame is new."""
    if before is None:
        return True
    if stage == "text":
        return request.prompt != before.prompt
    return stage != "video" or request.frame_index != before.frame_index


def _to_ears(ears: BinauralRenderer, foa: NDArray[np.float32], view: ViewOrientation) -> None:
    for start in range(0, foa.shape[1], _BINAURAL_BLOCK):
        ears.process(foa[:, start : start + _BINAURAL_BLOCK], view)


def _machine(device: str, threads: int, runtime: str) -> dict[str, object]:
    load = round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
    return {
        "processor": processor_name() or platform.machine(),
        "cores": os.cpu_count(),
        "load_average": load,
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device) if device.startswith("cuda") else device,
        "threads": threads,
        "runtime": runtime,
    }
