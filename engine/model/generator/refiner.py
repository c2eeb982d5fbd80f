"""The refiner: a second, small LocDiT that adds to a generator's latents the codes that it does not make.

A codec with partials has 55 codes more than the one that XS's generator was trained on: the frequencies and shares of
24 partials, and seven sums over the field. A generator of all codes at once has to learn its words again. But most of
what the added codes say follows from the words and from the codes before them: a bell's level, its ring and its colour
are made, what is missing is that it rings in tones. So the generator stays as it is, and the added codes are sampled
after it, patch by patch, from the words, the patch's own codes and the last two patches (a cascade, as images are made
larger: Ho et al. 2022, "Cascaded Diffusion Models").

It is stored beside the generator in a checkpoint (`refiner.safetensors`); `engine/training/generator/refiner.py` fits
it.
"""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from engine.contract.guidance import Guidance
from engine.model.generator.compiled_passes import TensorFunction
from engine.model.generator.flow_matching import flow_path
from engine.model.generator.guiding import BRANCH_TENSORS, Branches, Plans, SamplerSettings, by_branches
from engine.model.generator.local_dit import CONTEXT_PATCHES, LocalDit
from engine.model.specs import RefinerSpec

STEPS: Final = 3
"""Flow steps of a patch."""
GUIDANCE: Final = Guidance(prompt=3.0, direction=0.0, parallel=1.0)
"""Of the words: a bell that hears them more strongly is heard as a bell more often (engine/training/LOG.md)."""


@dataclass(frozen=True)
class RefinerState:
    """The last two patches (B, 2P, D) of B streams with all codes, zeros at the start."""

    recent: Tensor


class Refiner(nn.Module):
    """Samples the added codes of latents; the codes that were made stay as they are."""

    def __init__(self, spec: RefinerSpec) -> None:
        super().__init__()
        self.spec = spec
        self.words = nn.Linear(spec.text_dim, spec.dim, bias=False)
        self.dit = LocalDit(
            latent_dim=spec.latent_dim,
            dim=spec.dim,
            layers=spec.layers,
            heads=spec.heads,
            kv_heads=spec.kv_heads,
            multiplier=spec.multiplier,
        )
        self.compiled: TensorFunction | None = None
        self._modulations: dict[float, Tensor] = {}

    @property
    def noise_shape(self) -> tuple[int, int]:
        """The shape (P, D - M) of the noise of a patch."""
        return self.spec.patch_latents, self.spec.latent_dim - self.spec.made_codes

    def initial_state(self, batch: int) -> RefinerState:
        """Return the state of B streams before their first patch."""
        shape = (batch, CONTEXT_PATCHES * self.spec.patch_latents, self.spec.latent_dim)
        return RefinerState(self.words.weight.new_zeros(shape))

    def completed(self, made: Tensor, words: Tensor, noise: Tensor, state: RefinerState, steps: int = STEPS) -> Tensor:
        """Return the next patch of latents with all codes (B, P, D).

        `made` (B, P, M) are its first codes, `words` (B, text_dim) are sentence embeddings (zeros for none) and `noise`
        (B, P, D - M) is what the others start from.
        """
        guided = self.guided if self.compiled is None else self.compiled

        def guided_there(branches: Branches, noisy: Tensor, t: Tensor) -> Tensor:
            return guided(made, *branches, noisy, t, self._modulations_at(t))[0]

        plans = Plans(self.words(words), self.words(torch.zeros_like(words)))
        settings = SamplerSettings(steps, GUIDANCE)
        added = flow_path(guided_there, plans, state.recent, noise, settings)[-1]
        return torch.cat([made, added], dim=-1)

    def guided(self, made: Tensor, *given: Tensor) -> tuple[Tensor]:
        """Return the guided velocity (B, P, D - M) of the added codes alone, beside the codes (B, P, M) that were made.

        `given` are the tensors of branches, the noisy codes (B, P, D - M), a time (1,) and its modulations
        (layers, 1, 6 dim). A `compiled` pass may stand in for it.
        """
        branches, (noisy, t, modulations) = Branches(*given[:BRANCH_TENSORS]), given[BRANCH_TENSORS:]

        def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
            known = made.to(noisy).repeat(noisy.shape[0] // made.shape[0], 1, 1)  # once for each branch of the guidance
            found: Tensor = self.dit(h, context, torch.cat([known, noisy], dim=-1), modulations.unbind())
            return found[..., self.spec.made_codes :]

        return (by_branches(velocity)(branches, noisy, t),)

    def advanced(self, latents: Tensor, state: RefinerState) -> RefinerState:
        """Return the state after a patch of latents (B, P, D)."""
        return RefinerState(torch.cat([state.recent[:, latents.shape[1] :], latents], dim=1))

    def _modulations_at(self, t: Tensor) -> Tensor:
        key = float(t)
        if key not in self._modulations:
            self._modulations[key] = torch.stack(self.dit.modulations(t))
        return self._modulations[key]
