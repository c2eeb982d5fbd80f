"""The streaming generator behind the contract's PatchSource: prompts, frames and directions in, AmbiX patches out."""

import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.limiter import FoaLimiter
from engine.contract.control import Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.errors import DeviceError
from engine.contract.generation import MAIN_LANE, PatchRequest, PatchResult, PatchSource
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.generator.few_step import MOST_FEW_STEPS, FewStepSampler
from engine.model.generator.flow_matching import Plans, SamplerSettings
from engine.model.streaming.encoders import Encoders, load_encoders
from engine.model.streaming.lane import Lane, LaneSet
from engine.model.weights.checkpoint import LoadedModel, load_model
from engine.model.weights.precision import quicken


class PatchStreamer:
    """One stream of one model. Not thread-safe; the same seed and requests give the same samples."""

    def __init__(self, model: LoadedModel, encoders: Encoders, device: str = "cpu") -> None:
        self._generator, self._codec = model.generator, model.codec
        self._jumps = FewStepSampler(model.jumps) if model.jumps is not None else None
        self._sha256 = model.sha256
        self._device = torch.device(device)
        self._reader, self._video = PromptEncoder(encoders.text, model.sounds), encoders.video
        self.reset(0)

    @property
    def checkpoint_sha256(self) -> str:
        """Hash of the weights in use."""
        return self._sha256

    def reset(self, seed: int) -> None:
        """Forget all history and start a new take."""
        self._lanes = LaneSet(seed, self._generator, self._codec, self._reader)
        self._limiter = FoaLimiter()
        self._frame_index = -1
        self._frame: NDArray[np.uint8] | None = None
        self._film: Tensor | None = None

    @torch.inference_mode()
    def next_patch(self, request: PatchRequest) -> PatchResult:
        """Generate the next 160 ms; see PatchSource.

        LocDiT renders all lanes in one batch. The language model and the decoder go lane by lane: their states are as
        old as the lane. If there is time for at most two steps, the distilled LocDiT renders, if there is one.
        """
        stage_ms: dict[str, float] = {}
        lanes = self._lanes.following(request)
        with _Stopwatch(stage_ms, "text"):
            texts = [lane.prompt.now(lane.wish.prompt) for lane in lanes]
        with _Stopwatch(stage_ms, "video"):
            film = self._film_now(request)
        jumps = self._jumps if request.steps <= MOST_FEW_STEPS else None
        # A distilled LocDiT has its guidance inside, beside the generator or as the generator's own.
        guided = jumps is None and not self._generator.spec.distilled_steps
        without_history = guided and request.guidance.needs_plan_without_history
        with _Stopwatch(stage_ms, "lm"):
            plans = [
                self._generator.plan_step(
                    self._conditions(lane, text, film), lane.state, without_history=without_history
                )
                for lane, text in zip(lanes, texts, strict=True)
            ]
        with _Stopwatch(stage_ms, "dit"):
            noise = torch.cat([lane.noise() for lane in lanes]).to(self._device)
            recent = torch.cat([lane.state.recent for lane in lanes])
            settings = SamplerSettings.on(self._codec, request.steps, request.guidance)
            every = Plans.joined([own for own, _ in plans])
            if jumps is not None:
                made = jumps.render(every, recent, noise, request.steps)
            else:
                made = self._generator.render_step(every, replace(lanes[0].state, recent=recent), noise, settings)
            latents = [lane.kept(own) for lane, own in zip(lanes, made.split(1), strict=True)]
            for lane, own, (_, lm) in zip(lanes, latents, plans, strict=True):
                lane.state = self._generator.advanced(own, lm, lane.state)
        with _Stopwatch(stage_ms, "codec"):
            fields = [lane.decoded(own) for lane, own in zip(lanes, latents, strict=True)]
        with _Stopwatch(stage_ms, "turn"):
            placed = [
                lane.placed(foa, request.exact_direction, together=len(lanes) > 1)
                for lane, foa in zip(lanes, fields, strict=True)
            ]
            samples = self._limiter.process(sum(placed[1:], start=placed[0]))
        remarks = tuple(dict.fromkeys(remark for lane in lanes for remark in lane.prompt.remarks))
        sources = {lane.lane_id: own for lane, own in zip(lanes, placed, strict=True)}
        return PatchResult(samples, stage_ms, remarks, sources)

    def _conditions(self, lane: Lane, text: tuple[Tensor, float], film: Tensor | None) -> Conditions:
        spec, direction = self._generator.spec, lane.wish.direction
        if lane.lane_id != MAIN_LANE:
            film = None
        return Conditions(
            text=self._one(text[0]),
            has_text=self._flag(text[1]),
            video=self._one(torch.zeros(spec.video_channels, 8, 16) if film is None else film),
            has_video=self._flag(0.0 if film is None else 1.0),
            direction=self._one(torch.zeros(3) if direction is None else torch.tensor(direction).float()),
            has_direction=self._flag(0.0 if direction is None else 1.0),
        )

    def _film_now(self, request: PatchRequest) -> Tensor | None:
        """Return the film's features; computed once per frame, not once per patch."""
        if request.frame is None:
            self._film, self._frame, self._frame_index = None, None, -1
        elif self._film is None or request.frame_index != self._frame_index:
            self._film = self._video.features(request.frame, self._frame).float()
            self._frame, self._frame_index = request.frame, request.frame_index
        return self._film

    def _one(self, value: Tensor) -> Tensor:
        return value.to(self._device)[None, None]

    def _flag(self, value: float) -> Tensor:
        return torch.full((1, 1), value, device=self._device)


class _Stopwatch:
    """Records the milliseconds of a stage."""

    def __init__(self, stage_ms: dict[str, float], stage: str) -> None:
        self._stage_ms, self._stage = stage_ms, stage

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stage_ms[self._stage] = 1_000.0 * (time.perf_counter() - self._began)


def load_patch_source(checkpoint: Path | None = None, device: str = "cpu", threads: int = 1) -> PatchSource:
    """Load weights (None: the shipped ones) and warm every stage up.

    Raises CheckpointError for the weights and DeviceError if torch cannot use the device.
    """
    torch.set_num_threads(threads)
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(
            f"torch cannot compute on '{device}' here: use --device cpu, or install the torch build for your card."
        ) from error
    model = load_model(checkpoint, device)
    quicken(model)
    streamer = PatchStreamer(model, load_encoders(), device)
    blank = np.zeros((128, 256, 3), np.uint8)
    for index, steps in enumerate((DEFAULT_FLOW_STEPS, MOST_FEW_STEPS)):
        streamer.next_patch(PatchRequest(Prompt("warm up"), blank, index, np.array([1.0, 0.0, 0.0]), steps))
    streamer.reset(0)
    return streamer
