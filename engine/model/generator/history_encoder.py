"""The history encoder: the latents of the last patch become one token for the language model (paper)."""

import torch
from torch import Tensor, nn

from engine.model.generator.attention import GatedFeedForward, RmsNorm, SelfAttention
from engine.model.generator.rope import Rotation


class EncoderLayer(nn.Module):
    """A bidirectional layer over the few tokens of one patch."""

    def __init__(self, dim: int, heads: int, kv_heads: int, multiplier: float) -> None:
        super().__init__()
        self.norm_self, self.norm_forward = RmsNorm(dim), RmsNorm(dim)
        self.attention = SelfAttention(dim, heads, kv_heads)
        self.feed_forward = GatedFeedForward(dim, multiplier)

    def forward(self, x: Tensor, rotation: Rotation) -> Tensor:
        """Transform (B, N, dim)."""
        x = x + self.attention(self.norm_self(x), rotation)
        fed: Tensor = self.feed_forward(self.norm_forward(x))
        return x + fed


class HistoryEncoder(nn.Module):
    """CLS + 4 latents -> CLS. The token of a take's first patch is learned."""

    def __init__(self, *, latent_dim: int, dim: int, layers: int, heads: int, kv_heads: int, multiplier: float) -> None:
        super().__init__()
        self.embed = nn.Linear(latent_dim, dim)
        self.cls = nn.Parameter(torch.randn(dim) * 0.02)
        self.start = nn.Parameter(torch.randn(dim) * 0.02)
        self.layers = nn.ModuleList(EncoderLayer(dim, heads, kv_heads, multiplier) for _ in range(layers))
        self.norm = RmsNorm(dim)
        self.head_dim = dim // heads

    def forward(self, patches: Tensor) -> Tensor:
        """Return tokens (B, T, dim) of patches of latents (B, T, P, D)."""
        batch, count = patches.shape[:2]
        x = self.embed(patches.flatten(0, 1))
        x = torch.cat([self.cls.to(x.dtype).expand(x.shape[0], 1, -1), x], dim=1)
        rotation = Rotation.at(torch.arange(x.shape[1], device=x.device), self.head_dim)
        for layer in self.layers:
            x = layer(x, rotation)
        tokens: Tensor = self.norm(x[:, 0]).unflatten(0, (batch, count))
        return tokens

    def start_token(self, batch: int) -> Tensor:
        """Return the token (B, 1, dim) that stands before the first patch."""
        return self.start.expand(batch, 1, -1)
