"""The streaming generator behind the contract's PatchSource: prompts, frames and directions in, AmbiX patches out."""

import time
from collections.abc import Iterable, Sequence
from functools import partial
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
from engine.contract.generation import MAIN_LANE, PatchRequest, PatchResult
from engine.model.compiled.accelerate import accelerate
from engine.model.compiled.choice import TORCH
from engine.model.conditioning.conditions import Conditions
from engine.model.conditioning.encoders import Encoders, load_encoders
from engine.model.conditioning.film_place import FilmPlace
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.generator.few_step import MOST_FEW_STEPS, FewStepSampler
from engine.model.generator.generator import GeneratorState
from engine.model.generator.guiding import Placing, Plans, SamplerSettings
from engine.model.generator.refiner import Refiner
from engine.model.streaming.batching import joined, parted
from engine.model.streaming.lane import Lane, LaneSet
from engine.model.weights.checkpoint import LoadedModel, load_model


class PatchStreamer:
    """One stream of one model. Not thread-safe; the same seed and requests give the same samples.

    `runtime` is the name of what computes it: `accelerate` has returned it.
    """

    def __init__(self, model: LoadedModel, encoders: Encoders, device: str = "cpu", runtime: str = TORCH) -> None:
        self._model, self._encoders = model, encoders
        self._generator, self._codec = model.generator, model.codec
        self._few_step = FewStepSampler(model.few_step) if model.few_step is not None else None
        self._refiner = model.refiner
        self._sha256 = model.sha256
        self._device, self.runtime = torch.device(device), runtime
        self._reader, self._video = PromptEncoder(encoders.text, model.sounds), encoders.video
        svac = model.generator.conditions.svac
        self._film_place = FilmPlace(svac) if svac is not None else None
        self.reset(0)

    @property
    def checkpoint_sha256(self) -> str:
        """Hash of the weights in use."""
        return self._sha256

    def another(self) -> "PatchStreamer":
        """Return a separate stream of the same weights."""
        return PatchStreamer(self._model, self._encoders, str(self._device), self.runtime)

    def reset(self, seed: int) -> None:
        """Forget all history and start a new take."""
        self._lanes = LaneSet(seed, self._generator, self._codec, self._reader, self._refiner)
        self._limiter = FoaLimiter()
        self._frame_index = -1
        self._frame: NDArray[np.uint8] | None = None
        self._film: Tensor | None = None
        if self._film_place is not None:
            self._film_place.forget()

    @torch.inference_mode()
    def next_patch(self, request: PatchRequest) -> PatchResult:
        """Generate the next 160 ms; see PatchSource.

        The language model, LocDiT and the decoder advance all lanes in one batch. If there is time for at most two
        steps, the distilled LocDiT renders, if there is one.
        """
        stage_ms: dict[str, float] = {}
        lanes = self._lanes.advance(request)
        early = [
            remark for lane in lanes if lane.primer is not None for remark in self._prime(lane, lane.primer, request)
        ]
        with _Stopwatch(stage_ms, "text"):
            texts = [lane.read_prompt(self._generator) for lane in lanes]
        with _Stopwatch(stage_ms, "video"):
            film = self._update_film(request)
        # A distilled LocDiT has its guidance inside, beside the generator or as the generator's own.
        guided = self._few_step_for(request) is None and not self._generator.spec.distilled_steps
        without_history = guided and request.guidance.needs_plan_without_history
        directions = [self._direction_of(lane, share) for lane, (_, share) in zip(lanes, texts, strict=True)]
        with _Stopwatch(stage_ms, "lm"):
            state = joined([lane.state for lane in lanes])
            conditions = self._conditions(lanes, texts, directions)
            plans, lm = self._generator.plan_step(
                conditions, state, film=self._film_of(lanes, film), without_history=without_history
            )
        with _Stopwatch(stage_ms, "dit"):
            noise = torch.cat([lane.draw_noise() for lane in lanes]).to(self._device)
            made = self._replayed(lanes)
            if made is None:
                made = self._sampled(request, plans, state, noise, self._placing(lanes, directions, request))
                made = self._with_replayed(lanes, made)
            made = self._codec.agreed(made)
            latents = torch.cat([lane.stabilize(own) for lane, own in zip(lanes, made.split(1), strict=True)])
            for lane, own in zip(lanes, parted(self._generator.advanced(latents, lm, state), len(lanes)), strict=True):
                lane.state = own
        if self._refiner is not None:
            with _Stopwatch(stage_ms, "refiner"):
                latents = self._completed(self._refiner, lanes, latents, texts)
        with _Stopwatch(stage_ms, "codec"):
            fields = self._decode(lanes, latents)
        with _Stopwatch(stage_ms, "turn"):
            placed = [
                lane.place(foa, request.exact_direction, together=len(lanes) > 1)
                for lane, foa in zip(lanes, fields, strict=True)
            ]
            samples = self._limiter.process(sum(placed[1:], start=placed[0]))
        remarks = tuple(dict.fromkeys([*early, *(remark for lane in lanes for remark in lane.prompt.remarks)]))
        sources = {lane.lane_id: own for lane, own in zip(lanes, placed, strict=True)}
        of = {lane.lane_id: own.float().cpu().numpy() for lane, own in zip(lanes, made, strict=True)}
        return PatchResult(samples, stage_ms, remarks, sources, of)

    def _sampled(
        self, request: PatchRequest, plans: Plans, state: GeneratorState, noise: Tensor, placing: Placing | None
    ) -> Tensor:
        """Return the next latents (B, P, D) of the lanes."""
        settings = SamplerSettings.on(self._codec, request.steps, request.guidance)
        few_step = self._few_step_for(request)
        if few_step is None:
            return self._generator.render_step(plans, state, noise, settings, placing)
        due = self._generator.due(state, settings.directed)
        return few_step.render(plans, state.recent, noise, request.steps, due, placing)

    def _completed(
        self, refiner: Refiner, lanes: Sequence[Lane], latents: Tensor, texts: Sequence[tuple[Tensor, float]]
    ) -> Tensor:
        """Return latents (B, P, D) of the lanes with the codes that the generator does not make."""
        state = joined([lane.refined for lane in lanes if lane.refined is not None])
        words = torch.stack([text * share for text, share in texts]).to(self._device)
        noise = torch.cat([lane.draw_refiner_noise() for lane in lanes]).to(self._device)
        whole = self._codec.agreed(refiner.completed(latents, words, noise, state))
        for lane, own in zip(lanes, parted(refiner.advanced(whole, state), len(lanes)), strict=True):
            lane.refined = own
        return whole

    def _few_step_for(self, request: PatchRequest) -> FewStepSampler | None:
        """Return the distilled LocDiT if it renders the patch."""
        return self._few_step if request.steps <= MOST_FEW_STEPS else None

    def _direction_of(self, lane: Lane, words: float) -> NDArray[np.float64] | None:
        """Return the direction (3,) of a lane: the requested one or, without words (a weight of 0), the film's."""
        asked, place = lane.settings.direction, self._film_place
        if asked is not None or words > 0.0 or place is None or self._film is None or lane.lane_id != MAIN_LANE:
            return asked
        shown = place.direction
        return None if shown is None else shown.double().cpu().numpy()

    def _placing(
        self, lanes: Sequence[Lane], directions: Sequence[NDArray[np.float64] | None], request: PatchRequest
    ) -> Placing | None:
        """Return what places the lanes in their directions; None if none is to be placed.

        The place that a film shows is the model's own placement, not a requested one.
        """
        rows = tuple(
            direction is not None and (request.exact_direction or lane.settings.direction is None)
            for lane, direction in zip(lanes, directions, strict=True)
        )
        if not any(rows):
            return None
        placed = [direction if row else None for direction, row in zip(directions, rows, strict=True)]
        return Placing(rows, partial(self._codec.placed, directions=self._vectors(placed)))

    def _replayed(self, lanes: Sequence[Lane]) -> Tensor | None:
        """Return the latents (B, P, D) to be replayed if no lane has to be sampled."""
        given = [lane.settings.replay for lane in lanes]
        known = [own for own in given if own is not None]
        return torch.from_numpy(np.stack(known)).to(self._device) if len(known) == len(given) else None

    def _with_replayed(self, lanes: Sequence[Lane], made: Tensor) -> Tensor:
        """Return sampled latents (B, P, D) with those of the lanes that are replayed in their places."""
        for index, lane in enumerate(lanes):
            if lane.settings.replay is not None:
                made[index] = torch.from_numpy(lane.settings.replay).to(made)
        return made

    def _prime(self, lane: Lane, primer: NDArray[np.float32], request: PatchRequest) -> list[str]:
        """Let a lane remember a primer (4, n) as the sound that it has made so far; none of it is played.

        Returns the remarks on its words, which are read here first.
        """
        lane.primer, gain = None, lane.gain
        remarks: list[str] = []
        field = torch.from_numpy(np.ascontiguousarray(primer, np.float32))[None].to(self._device)
        film = self._film_of([lane], self._update_film(request))
        for whole in self._codec.encode(field).split(self._generator.spec.patch_latents, dim=1):
            own = whole[..., : self._generator.spec.latent_dim]
            text = lane.read_prompt(self._generator)
            conditions = self._conditions([lane], [text], [self._direction_of(lane, text[1])])
            remarks += lane.prompt.remarks
            _, lm = self._generator.plan_step(conditions, lane.state, film=film)
            lane.state = self._generator.advanced(own, lm, lane.state)
            lane.stabilize(own)  # it learns the level that it is to hold
            if self._refiner is not None and lane.refined is not None:
                lane.refined = self._refiner.advanced(whole, lane.refined)
            lane.place(self._decode([lane], whole)[0], request.exact_direction, together=False)
        lane.gain = gain
        return remarks

    def _decode(self, lanes: Sequence[Lane], latents: Tensor) -> Sequence[NDArray[np.float32]]:
        """Return AmbiX (4, 7680) of each lane's next latents (B, P, D)."""
        foa, decoder = self._codec.decode_step(latents, joined([lane.decoder for lane in lanes]))
        for lane, own in zip(lanes, parted(decoder, len(lanes)), strict=True):
            lane.decoder = own
        return tuple(foa.float().cpu().numpy())

    def _conditions(
        self,
        lanes: Sequence[Lane],
        texts: Sequence[tuple[Tensor, float]],
        directions: Sequence[NDArray[np.float64] | None],
    ) -> Conditions:
        """Return the lanes' conditions; the film's features are not among them, see `_film_of`."""
        spec = self._generator.spec
        return Conditions(
            text=torch.stack([text for text, _ in texts]).to(self._device)[:, None],
            has_text=self._flags(share for _, share in texts),
            video=torch.zeros(len(lanes), 1, spec.video_channels, 0, 0, device=self._device),
            has_video=self._flags(lane.lane_id == MAIN_LANE and self._film is not None for lane in lanes),
            direction=self._vectors(directions)[:, None],
            has_direction=self._flags(direction is not None for direction in directions),
        )

    def _vectors(self, directions: Sequence[NDArray[np.float64] | None]) -> Tensor:
        """Return directions as one tensor (B, 3), zeros for none."""
        vectors = [np.zeros(3) if direction is None else direction for direction in directions]
        return torch.from_numpy(np.stack(vectors)).float().to(self._device)

    def _film_of(self, lanes: Sequence[Lane], film: Tensor | None) -> Tensor:
        """Return the film's embedding (B, 1, dim) for each lane; where its flag is off, it does not count."""
        if film is None:
            return torch.zeros(len(lanes), 1, self._generator.spec.dim, device=self._device)
        return film.expand(len(lanes), -1, -1)

    def _update_film(self, request: PatchRequest) -> Tensor | None:
        """Return the film's embedding (1, 1, dim); made once per frame, not once per patch."""
        if request.frame is None:
            self._film, self._frame, self._frame_index = None, None, -1
            if self._film_place is not None:
                self._film_place.forget()
        elif self._film is None or request.frame_index != self._frame_index:
            features = self._video.features(request.frame, self._frame).float().to(self._device)
            self._film, logits = self._generator.film_and_place(features[None, None])
            if self._film_place is not None:
                self._film_place.see(features, logits[0])
            self._frame, self._frame_index = request.frame, request.frame_index
        return self._film

    def _flags(self, values: Iterable[float]) -> Tensor:
        """Return flags (B, 1)."""
        return torch.tensor([[float(value)] for value in values], device=self._device)


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


def load_patch_source(
    checkpoint: Path | None = None, device: str = "cpu", threads: int = 1, runtime: str | None = None
) -> PatchStreamer:
    """Load weights (None: the shipped ones), make them quick and warm every stage up.

    `runtime` is as in `accelerate`. Raises CheckpointError for the weights, DeviceError if torch cannot use the device
    and InvalidInputError if there is no such runtime.
    """
    torch.set_num_threads(threads)
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(
            f"torch cannot compute on '{device}' here: use --device cpu, or install the torch build for your card."
        ) from error
    model, encoders = load_model(checkpoint, device), load_encoders()
    streamer = PatchStreamer(model, encoders, device, accelerate(model, encoders, runtime))
    blank = np.zeros((128, 256, 3), np.uint8)
    for index, steps in enumerate((DEFAULT_FLOW_STEPS, MOST_FEW_STEPS)):
        streamer.next_patch(PatchRequest(Prompt("warm up"), blank, index, np.array([1.0, 0.0, 0.0]), steps))
    streamer.reset(0)
    return streamer
