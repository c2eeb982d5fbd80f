"""The one interface of the FOA-VAEs: AmbiX in, latents out, and back, whole or streamed.

`decode_step` is causal: the samples of a latent depend on that latent and earlier ones only. `encode` is causal too: a
latent depends on samples before its end. The output of encode and decode is the input, `delay_samples` later.
"""

from typing import Any, Protocol

from torch import Tensor


class FoaVae(Protocol):
    """A streaming FOA autoencoder."""

    latent_dim: int
    latent_samples: int
    delay_samples: int
    directed_codes: tuple[int, ...]
    """Which latents are the field's direction by themselves."""
    level_codes: tuple[int, ...]
    """Which latents are a level by themselves."""

    @property
    def level_unit_db(self) -> float:
        """Decibels a unit of the latents that are a level."""

    def encode(self, foa: Tensor) -> Tensor:
        """Return the latents' means (B, T, D) of AmbiX (B, 4, T * latent_samples)."""

    def initial_encoder_state(self, batch: int) -> Any:
        """Return the encoder's state before the first sample."""

    def encode_step(self, foa: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Encode the next AmbiX (B, 4, t * latent_samples) to (B, t, D); returns the new state as well."""

    def decode(self, latents: Tensor) -> Tensor:
        """Return AmbiX (B, 4, T * latent_samples) of latents (B, T, D)."""

    def initial_state(self, batch: int) -> Any:
        """Return the decoder's state before the first latent."""

    def decode_step(self, latents: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Decode the next latents (B, t, D) to (B, 4, t * latent_samples); returns the new state as well."""
