"""Sources that are generated side by side: each lane has its own prompt, noise, history, decoder and direction lock.

A lane's state is of one stream and knows nothing of the others, so lanes of any age play together. A lane sounds as it
would alone, at its own level (lane_balance.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.ambisonics.direction_lock import DirectionLock
from engine.contract.control import Prompt
from engine.contract.generation import MAIN_LANE, LaneRequest, PatchRequest
from engine.model.codec.foa_vae import AnyFoaVae
from engine.model.conditioning.prompt_encoder import PromptEncoder
from engine.model.generator.generator import Generator, GeneratorState
from engine.model.generator.refiner import Refiner, RefinerState
from engine.model.streaming.lane_balance import LaneBalance
from engine.model.streaming.level_stabilizer import LevelStabilizer
from engine.model.streaming.prompt_view import PromptView

_FIRST_NOISE: Final = 1.25
"""Strength of the noise that a first patch starts from, if there are words.

The first patch decides which of the recorded winds, bells or clocks a take is like, and the patches after it follow.
Few flow steps and guidance make it more alike than recordings are: with noise of strength 1, most winds were one wind
(engine/training/LOG.md).
"""


@dataclass(frozen=True, eq=False)
class LaneSettings:
    """The settings of a lane in the next patch; `gain` is linear, and reached at the patch's end.

    `primer` (4, n) is the past of a lane that is new, `replay` (P, D) are latents that need not be sampled.
    """

    prompt: Prompt
    direction: NDArray[np.float64] | None
    gain: float
    primer: NDArray[np.float32] | None = None
    replay: NDArray[np.float32] | None = None


class Lane:
    """One source being generated. `gain` is that at the end of the last patch, None before the first of a take.

    `state`, `refined` and `decoder` are the generator's, the refiner's (None without one) and the codec's states of
    this stream. `primer` (4, n) is still to become its past.
    """

    def __init__(
        self,
        lane_id: int,
        seed: int,
        generator: Generator,
        codec: AnyFoaVae,
        reader: PromptEncoder,
        refiner: Refiner | None,
        settings: LaneSettings,
    ) -> None:
        self.lane_id = lane_id
        self.state: GeneratorState = generator.initial_state(1)
        self.prompt = PromptView(reader, generator.spec.text_dim)
        self.settings = settings
        self.gain: float | None = 0.0
        self.primer = settings.primer
        self._noise = torch.Generator().manual_seed(lane_seed(seed, lane_id))
        self._noise_shape = (1, generator.spec.patch_latents, generator.spec.latent_dim)
        # A primed lane has a past: its next patch is not a first one.
        self._is_first = settings.primer is None
        self.refined: RefinerState | None = None if refiner is None else refiner.initial_state(1)
        # Its own, so that a generator sounds the same with a refiner and without one.
        self._refiner_noise = torch.Generator().manual_seed(lane_seed(seed, lane_id))
        self._refiner_shape = (0, 0) if refiner is None else refiner.noise_shape
        self.decoder = codec.initial_state(1, stream=lane_id)
        self._lock = DirectionLock()
        self._stabilizer = LevelStabilizer(codec.level_codes, codec.level_unit_db)
        self._balance = LaneBalance()

    def read_prompt(self, generator: Generator) -> tuple[Tensor, float]:
        """Return the embedding (dim,) of the prompt and its weight for the next patch.

        What was made under another prompt is no longer expected to repeat.
        """
        seen = self.prompt.advance(self.settings.prompt)
        if self.prompt.changed:
            self.state = generator.for_other_words(self.state, self.prompt.steady)
        return seen

    def draw_noise(self) -> Tensor:
        """Return the noise (1, P, D) that the next patch starts from; that of the first patch of words is stronger."""
        noise = torch.randn(self._noise_shape, generator=self._noise)
        is_first, self._is_first = self._is_first, False
        return _FIRST_NOISE * noise if is_first and self.settings.prompt.parts else noise

    def draw_refiner_noise(self) -> Tensor:
        """Return the noise (1, P, D - M) that the codes of the next patch that are added to it start from."""
        return torch.randn(1, *self._refiner_shape, generator=self._refiner_noise)

    def stabilize(self, latents: Tensor) -> Tensor:
        """Return the latents (1, P, D) of the next patch, held near the level of its prompt."""
        return self._stabilizer.stabilize(latents, self.settings.prompt)

    def place(self, foa: NDArray[np.float32], exact_direction: bool, together: bool) -> NDArray[np.float32]:
        """Return AmbiX (4, n) rotated to the requested direction, if wanted, and at the lane's gain.

        `together` means that other lanes sound as well: its gain then refers to the common loudness of all lanes.
        """
        balance = self._balance.update(foa, self.settings.prompt, together)
        foa = self._lock.process(foa, self.settings.direction if exact_direction else None)
        gain = balance * self.settings.gain
        before, self.gain = gain if self.gain is None else self.gain, gain
        if before == gain == 1.0:
            return foa
        ramp = np.linspace(before, gain, foa.shape[1] + 1, dtype=np.float32)[1:]
        return foa * ramp


class LaneSet:
    """The lanes of one take."""

    def __init__(
        self, seed: int, generator: Generator, codec: AnyFoaVae, reader: PromptEncoder, refiner: Refiner | None = None
    ) -> None:
        self._seed, self._parts = seed, (generator, codec, reader, refiner)
        self._lanes: dict[int, Lane] = {}

    def advance(self, request: PatchRequest) -> Sequence[Lane]:
        """Return the lanes that sound in the next patch, the main one first: new ones, old ones, leaving ones."""
        requested = {lane.lane_id: _settings(lane) for lane in request.lanes}
        worded = request.prompt.text.strip() or request.prompt.beside
        if worded or request.frame is not None or not requested:
            requested = {
                MAIN_LANE: _settings(request),
                **requested,
            }
        self._lanes = {key: lane for key, lane in self._lanes.items() if lane.settings.gain > 0.0}
        starts = not self._lanes
        for key, lane in self._lanes.items():
            lane.settings = requested.pop(key, replace(lane.settings, gain=0.0, replay=None))
        for key, settings in requested.items():
            self._lanes[key] = Lane(key, self._seed, *self._parts, settings)
            # A take that begins with a lane has nothing to fade it into; a primed one is in full swing and fades in.
            self._lanes[key].gain = None if starts and settings.primer is None else 0.0
        return tuple(self._lanes.values())


def _settings(asked: LaneRequest | PatchRequest) -> LaneSettings:
    gain = float(10.0 ** (asked.gain_db / 20.0))
    return LaneSettings(asked.prompt, asked.direction, gain, asked.primer, asked.replay)


def lane_seed(seed: int, lane_id: int) -> int:
    """Return the seed of a lane's noise; the main lane has the take's."""
    return seed if lane_id == MAIN_LANE else int(np.random.SeedSequence((seed, lane_id)).generate_state(1)[0] >> 1)
