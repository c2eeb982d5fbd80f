"""The one interface of the FOA-VAEs: AmbiX in, latents out, and back, whole or streamed.

`decode_step` is causal: the samples of a latent depend on that latent and earlier ones only. `encode` is causal too: a
latent depends on samples before its end. The output of encode and decode is the input, `delay_samples` later.
"""

from typing import Any, Protocol, TypeAlias, TypeVar

from torch import Tensor

EncoderState = TypeVar("EncoderState")
DecoderState = TypeVar("DecoderState")


class FoaVae(Protocol[EncoderState, DecoderState]):
    """A streaming FOA autoencoder. Each codec has its own states; whoever streams only hands them back."""

    @property
    def latent_dim(self) -> int:
        """Codes per latent, D."""

    @property
    def latent_samples(self) -> int:
        """Samples per latent at 48 kHz."""

    @property
    def delay_samples(self) -> int:
        """How many samples later the decoded sound comes than the sound that was encoded."""

    @property
    def directed_codes(self) -> tuple[int, ...]:
        """Which latents are the field's direction by themselves."""

    @property
    def level_codes(self) -> tuple[int, ...]:
        """Which latents are a level by themselves."""

    @property
    def level_unit_db(self) -> float:
        """Decibels per unit of the latents that are a level."""

    def encode(self, foa: Tensor) -> Tensor:
        """Return the latents' means (B, T, D) of AmbiX (B, 4, T * latent_samples)."""

    def initial_encoder_state(self, batch: int) -> EncoderState:
        """Return the encoder's state before the first sample."""

    def encode_step(self, foa: Tensor, state: EncoderState) -> tuple[Tensor, EncoderState]:
        """Encode the next AmbiX (B, 4, t * latent_samples) to (B, t, D); returns the new state as well."""

    def agreed(self, latents: Tensor) -> Tensor:
        """Return generated latents (B, t, D) in which codes that say the same thing agree."""

    def placed(self, latents: Tensor, directions: Tensor) -> Tensor:
        """Return generated latents (B, t, D) whose field points to directions (B, 3), unit vectors x, y, z.

        It stays as diffuse as it is. Latents with a vector of zeros do not change, and none do in a codec without codes
        for the direction.
        """

    def decode(self, latents: Tensor) -> Tensor:
        """Return AmbiX (B, 4, T * latent_samples) of latents (B, T, D)."""

    def initial_state(self, batch: int, stream: int = 0) -> DecoderState:
        """Return the decoder's state before the first latent.

        Streams that sound together have different numbers: a codec that shapes noise then gives each its own, so that
        two of them are not coherent.
        """

    def decode_step(self, latents: Tensor, state: DecoderState) -> tuple[Tensor, DecoderState]:
        """Decode the next latents (B, t, D) to (B, 4, t * latent_samples); returns the new state as well."""


AnyFoaVae: TypeAlias = FoaVae[Any, Any]
"""A codec whose states the caller does not look into."""
