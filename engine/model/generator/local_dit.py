"""The local diffusion transformer: renders one patch of latents from h_t and the last two patches (paper, "LocDiT")."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.model.generator.attention import GatedFeedForward, RmsNorm, SelfAttention
from engine.model.generator.compiled_passes import TensorFunction
from engine.model.generator.rope import Rotation
from engine.model.specs import GeneratorSpec

CONTEXT_PATCHES = 2


def time_features(t: Tensor, dim: int) -> Tensor:
    """Return sinusoidal features (B, dim) of flow times t (B,) in 0..1."""
    half = dim // 2
    rates = torch.exp(-math.log(10_000.0) * torch.arange(half, device=t.device) / half) * 1_000.0
    angle = t[:, None].float() * rates
    return torch.cat([angle.cos(), angle.sin()], dim=-1)


class DitLayer(nn.Module):
    """A bidirectional layer whose norms are shifted, scaled and gated by the flow time (adaLN-Zero)."""

    def __init__(self, dim: int, heads: int, kv_heads: int, multiplier: float) -> None:
        super().__init__()
        self.norm_self = RmsNorm(dim, scaled=False)
        self.norm_forward = RmsNorm(dim, scaled=False)
        self.attention = SelfAttention(dim, heads, kv_heads)
        self.feed_forward = GatedFeedForward(dim, multiplier)
        self.modulation = nn.Linear(dim, 6 * dim)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, modulation: Tensor, rotation: Rotation, last: int | None = None) -> Tensor:
        """Transform (B, 13, dim) with the modulation (B or 1, 6 dim) of a flow time; its `last` rows alone if given."""
        shift_a, scale_a, gate_a, shift_f, scale_f, gate_f = modulation[:, None].chunk(6, dim=-1)
        mixed = self.attention(self.norm_self(x) * (1 + scale_a) + shift_a, rotation, last)
        x = (x if last is None else x[:, -last:]) + gate_a * mixed
        fed: Tensor = self.feed_forward(self.norm_forward(x) * (1 + scale_f) + shift_f)
        return x + gate_f * fed


class LocalDit(nn.Module):
    """Predicts the velocity of a patch's latents; the sequence is [h, 8 context latents, 4 noisy latents].

    A distilled one (`spans`) gets the length of its step, and its velocity is the mean over that span; its h is
    two plans side by side (B, 2 dim): with the requested condition, and without.
    With `spread` (P, the latents of a patch; 0: none) each noisy latent also gets h through its own matrix: a
    level that is due belongs to one latent.
    While a stream plays, a `compiled` pass may stand in for it (modulations one by one behind the other inputs).
    With `recompute`, layers are computed again in the backward pass instead of being kept in memory.
    """

    def __init__(
        self,
        *,
        latent_dim: int,
        dim: int,
        layers: int,
        heads: int,
        kv_heads: int,
        multiplier: float,
        spans: bool = False,
        spread: int = 0,
    ) -> None:
        super().__init__()
        self.dim, self.head_dim = dim, dim // heads
        self.recompute = False
        self.compiled: TensorFunction | None = None
        self.embed = nn.Linear(latent_dim, dim)
        plans = 2 * dim if spans else dim
        self.plan = nn.Linear(plans, dim)
        self.spread = nn.Linear(plans, spread * dim, bias=False) if spread else None
        if self.spread is not None:
            nn.init.zeros_(self.spread.weight)
        self.role = nn.Parameter(torch.randn(3, dim) * 0.02)
        self.time = nn.Sequential(nn.Linear(dim, dim), nn.SiLU(), nn.Linear(dim, dim), nn.SiLU())
        self.layers = nn.ModuleList(DitLayer(dim, heads, kv_heads, multiplier) for _ in range(layers))
        self.norm = RmsNorm(dim)
        self.velocity = nn.Linear(dim, latent_dim)
        nn.init.zeros_(self.velocity.weight)
        nn.init.zeros_(self.velocity.bias)
        self.span = nn.Linear(dim, dim, bias=False) if spans else None
        if self.span is not None:
            nn.init.zeros_(self.span.weight)

    @classmethod
    def of(cls, spec: GeneratorSpec) -> "LocalDit":
        """Return one of a generator's sizes, untrained."""
        sizes: dict[str, Any] = {
            "dim": spec.dim,
            "heads": spec.heads,
            "kv_heads": spec.kv_heads,
            "multiplier": spec.multiplier,
        }
        spread = spec.patch_latents if spec.echo_code >= 0 else 0
        spans = spec.distilled_steps > 0
        return cls(latent_dim=spec.latent_dim, layers=spec.dit_layers, spans=spans, spread=spread, **sizes)

    def modulations(self, t: Tensor, span: Tensor | None = None) -> tuple[Tensor, ...]:
        """Return each layer's modulation (B, 6 dim) at flow times t (B,); the same for every patch of a stream.

        A LocDiT with `spans` needs the length (B,) of the step too.
        """
        time = self.time(time_features(t, self.dim).to(self.role.dtype))
        if self.span is not None:
            if span is None:
                raise ValueError("A distilled LocDiT needs the length of the step.")
            time = time + self.span(time_features(span, self.dim).to(self.role.dtype))
        layers: Iterable[Any] = self.layers
        return tuple(layer.modulation(time) for layer in layers)

    def velocity_of(self, h: Tensor, context: Tensor, noisy: Tensor, modulations: tuple[Tensor, ...]) -> Tensor:
        """Return what `forward` returns, by the compiled pass if there is one."""
        if self.compiled is not None:
            return self.compiled(h, context, noisy, *modulations)[0]
        velocity: Tensor = self(h, context, noisy, modulations)
        return velocity

    def forward(self, h: Tensor, context: Tensor, noisy: Tensor, modulations: tuple[Tensor, ...]) -> Tensor:
        """Return velocities (B, P, D) of noisy latents (B, P, D).

        They follow from h (B, dim), two with `spans` (B, 2 dim), context (B, 2P, D) and modulations.

        A dropped or missing h or context is all zeros. Velocities have the precision of the noisy latents, whatever
        that of the weights is.
        """
        own = self.role.dtype
        made = self.embed(noisy.to(own)) + self.role[2]
        if self.spread is not None:
            made = made + self.spread(h.to(own)).unflatten(-1, (-1, self.dim))
        plan = self.plan(h.to(own))[:, None] + self.role[0]
        tokens = torch.cat([plan, self.embed(context.to(own)) + self.role[1], made], dim=1)
        rotation = Rotation.at(torch.arange(tokens.shape[1], device=tokens.device), self.head_dim).to(own)
        patch = noisy.shape[1]
        for index, (layer, modulation) in enumerate(zip(self.layers, modulations, strict=True), start=1):
            # What the last layer makes of the plan and of the context is not read.
            given = tokens, modulation, rotation, patch if index == len(self.layers) else None
            tokens = checkpoint(layer, *given, use_reentrant=False) if self.recompute else layer(*given)
        velocity: Tensor = self.velocity(self.norm(tokens[:, -patch:]))
        return velocity.to(noisy.dtype)
