"""The streaming generator behind the contract's PatchSource: prompts, frames and directions in, AmbiX patches out."""

import time
from pathlib import Path
from types import TracebackType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.limiter import FoaLimiter
from engine.contract.control import Prompt
from engine.contract.errors import CheckpointError, DeviceError
from engine.contract.generation import PatchRequest, PatchResult, PatchSource
from engine.model.checkpoint import LoadedModel, load_model
from engine.model.conditioning import Conditions
from engine.model.conditioning_text import TextEncoder
from engine.model.conditioning_video import VideoFeatures
from engine.model.flow_matching import SamplerSettings

PROMPT_RAMP_PATCHES = 3


class PatchStreamer:
    """One stream of one model. Not thread-safe; the same seed and requests give the same samples."""

    def __init__(self, model: LoadedModel, device: str = "cpu") -> None:
        if model.generator is None:
            raise CheckpointError("This checkpoint has no generator: it cannot make sound.")
        self._generator, self._codec = model.generator, model.codec
        self._sha256 = model.sha256
        self._device = torch.device(device)
        self._text, self._video = TextEncoder(), VideoFeatures()
        self.reset(0)

    @property
    def checkpoint_sha256(self) -> str:
        """Hash of the weights in use."""
        return self._sha256

    def reset(self, seed: int) -> None:
        """Forget all history and start a new take."""
        self._state = self._generator.initial_state(1)
        self._codec_state = self._codec.initial_state(1)
        self._noise = torch.Generator().manual_seed(seed)
        self._limiter = FoaLimiter()
        self._prompt: Prompt | None = None
        self._text_from = self._text_to = (torch.zeros(self._generator.spec.text_dim), 0.0)
        self._ramp_left = 0
        self._frame_index = -1
        self._frame: NDArray[np.uint8] | None = None
        self._film: Tensor | None = None

    @torch.inference_mode()
    def next_patch(self, request: PatchRequest) -> PatchResult:
        """Generate the next 160 ms; see PatchSource."""
        stage_ms: dict[str, float] = {}
        with _Stopwatch(stage_ms, "text"):
            text, has_text = self._text_now(request.prompt)
        with _Stopwatch(stage_ms, "video"):
            film = self._film_now(request)
        spec = self._generator.spec
        with _Stopwatch(stage_ms, "lm"):
            direction = torch.zeros(3) if request.direction is None else torch.tensor(request.direction).float()
            conditions = Conditions(
                text=self._one(text),
                has_text=self._flag(has_text),
                video=self._one(torch.zeros(spec.video_channels, 8, 16) if film is None else film),
                has_video=self._flag(0.0 if film is None else 1.0),
                direction=self._one(direction),
                has_direction=self._flag(0.0 if request.direction is None else 1.0),
            )
            h, lm = self._generator.plan_step(conditions, self._state)
        with _Stopwatch(stage_ms, "dit"):
            noise = torch.randn(1, spec.patch_latents, spec.latent_dim, generator=self._noise).to(self._device)
            settings = SamplerSettings(
                request.steps, request.guidance_context, request.guidance_plan, self._codec.level_codes
            )
            latents = self._generator.render_step(h, self._state, noise, settings)
            self._state = self._generator.advanced(latents, lm, self._state)
        with _Stopwatch(stage_ms, "codec"):
            foa, self._codec_state = self._codec.decode_step(latents, self._codec_state)
            samples = self._limiter.process(np.ascontiguousarray(foa[0].float().cpu().numpy()))
        return PatchResult(samples, stage_ms)

    def _text_now(self, prompt: Prompt) -> tuple[Tensor, float]:
        """Return the embedding and its weight; a changed prompt is ramped in over a few patches."""
        if prompt != self._prompt:
            first = self._prompt is None
            self._text_from = self._text_at()
            words = prompt.text.strip()
            weight = float(np.clip(prompt.weight, 0.0, 1.0)) if words else 0.0
            # Without words the old embedding fades out in place: the ramp does not pass through a third meaning.
            self._text_to = (self._text.encode([words])[0] if words else self._text_from[0], weight)
            if words and self._text_from[1] == 0.0:
                self._text_from = (self._text_to[0], 0.0)
            self._ramp_left = 0 if first else PROMPT_RAMP_PATCHES
            self._prompt = prompt
        now = self._text_at()
        self._ramp_left = max(self._ramp_left - 1, 0)
        return now

    def _text_at(self) -> tuple[Tensor, float]:
        old = self._ramp_left / (PROMPT_RAMP_PATCHES + 1)
        (a, weight_a), (b, weight_b) = self._text_from, self._text_to
        return old * a + (1 - old) * b, old * weight_a + (1 - old) * weight_b

    def _film_now(self, request: PatchRequest) -> Tensor | None:
        """Return the film's features; computed once a frame, not once a patch."""
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
    """Notes the milliseconds that a stage took."""

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

    Raises CheckpointError for the weights and DeviceError where torch cannot use the device.
    """
    torch.set_num_threads(threads)
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(
            f"torch cannot compute on '{device}' here: use --device cpu, or install the torch build for your card."
        ) from error
    streamer = PatchStreamer(load_model(checkpoint, device), device)
    blank = np.zeros((128, 256, 3), np.uint8)
    for index in range(2):
        streamer.next_patch(PatchRequest(Prompt("warm up"), blank, index, np.array([1.0, 0.0, 0.0])))
    streamer.reset(0)
    return streamer
