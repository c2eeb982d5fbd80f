"""The baseline of `bench`: a global diffusion transformer that makes a whole clip at once (paper, last table).

It has the layers of LocDiT, the conditions of the generator and as many parameters as the generator, and sees all
latents of the clip at once. Its weights are random: it serves for timing, not for listening.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from engine.model.conditioning.conditions import ConditionEmbedding, Conditions
from engine.model.generator.compiled_passes import TensorFunction
from engine.model.generator.flow_matching import cosine_grid
from engine.model.generator.guiding import SamplerSettings
from engine.model.generator.local_dit import DitLayer, time_features
from engine.model.generator.rope import Rotation
from engine.model.specs import GeneratorSpec

GUIDANCE_BRANCHES = 3
"""As many passes per step as the generator's guidance takes, in one batch."""


class FullSequenceDit(nn.Module):
    """Text memory and latents in one bidirectional sequence; film and direction are added to the latents.

    A `compiled` pass may stand in for `forward`.
    """

    def __init__(self, spec: GeneratorSpec, layers: int) -> None:
        super().__init__()
        self.spec = spec
        self.compiled: TensorFunction | None = None
        self.conditions = ConditionEmbedding(spec)
        self.embed = nn.Linear(spec.latent_dim, spec.dim)
        self.time = nn.Sequential(nn.Linear(spec.dim, spec.dim), nn.SiLU(), nn.Linear(spec.dim, spec.dim), nn.SiLU())
        self.layers = nn.ModuleList(
            DitLayer(spec.dim, spec.heads, spec.kv_heads, spec.multiplier) for _ in range(layers)
        )
        self.velocity = nn.Linear(spec.dim, spec.latent_dim)

    def forward(self, noisy: Tensor, t: Tensor, added: Tensor, memory: Tensor) -> Tensor:
        """Return velocities (B, T, D) of noisy latents (B, T, D) at times t (B,).

        `added` (B, T, dim) is film and direction, `memory` (B, M, dim) the text.
        """
        layers = [layer for layer in self.layers if isinstance(layer, DitLayer)]
        own = layers[0].modulation.weight.dtype
        x = torch.cat([memory, self.embed(noisy) + added], dim=1).to(own)
        time = self.time(time_features(t, self.spec.dim)).to(own)
        rotation = Rotation.at(torch.arange(x.shape[1], device=x.device), self.spec.dim // self.spec.heads).to(own)
        for layer in layers:
            x = layer(x, layer.modulation(time), rotation)
        velocity: Tensor = self.velocity(x[:, memory.shape[1] :].to(noisy.dtype))
        return velocity

    def sample(self, noise: Tensor, conditions: Conditions, settings: SamplerSettings) -> Tensor:
        """Carry noise (1, T, D) to latents with guidance; `conditions` hold the T / P patches of the clip."""
        added = self.conditions.additive(conditions).repeat_interleave(self.spec.patch_latents, dim=1)
        memory = self.conditions.memory(conditions)[:, 0]
        nothing, silence = torch.zeros_like(memory), torch.zeros_like(added)
        memories, addeds = torch.cat([memory, memory, nothing]), torch.cat([added, silence, silence])
        x = noise
        for now, then in pairwise(cosine_grid(settings.steps, noise.device)):
            t = now.expand(GUIDANCE_BRANCHES)
            given = x.repeat(GUIDANCE_BRANCHES, 1, 1), t, addeds, memories
            velocities = self(*given) if self.compiled is None else self.compiled(*given)[0]
            full, part, free = velocities.chunk(GUIDANCE_BRANCHES)
            guided = free + settings.guidance.plan * (part - free) + settings.guidance.context * (full - part)
            x = x + (then - now) * guided
        return x


def count_parameters(module: nn.Module) -> int:
    """Return the number of weights."""
    return sum(parameter.numel() for parameter in module.parameters())


def full_sequence_dit_like(spec: GeneratorSpec, parameters: int) -> FullSequenceDit:
    """Return the baseline whose parameter count comes closest to `parameters`, at the generator's width."""
    with torch.device("meta"):
        fixed, one = (count_parameters(FullSequenceDit(spec, layers)) for layers in (0, 1))
    layers = max(1, round((parameters - fixed) / (one - fixed)))
    return FullSequenceDit(spec, layers).eval().requires_grad_(False)
