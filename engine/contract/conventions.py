"""Conventions that every room shares, stated once.

AmbiX: ACN channel order W, Y, Z, X with SN3D normalisation. X points to the front, Y to the left, Z up.
Arrays are (C, N) in numpy; (N, C) exists only at the sound device and in files.
"""

from enum import IntEnum
from typing import Final

SAMPLE_RATE_HZ: Final = 48_000
FOA_CHANNELS: Final = 4

LATENT_SAMPLES: Final = 1_920
"""Samples per latent of the codec: there are 25 latents per second."""
LATENTS_PER_PATCH: Final = 4
PATCH_SAMPLES: Final = LATENT_SAMPLES * LATENTS_PER_PATCH
"""One step of the language model: 160 ms."""
PATCH_S: Final = PATCH_SAMPLES / SAMPLE_RATE_HZ

DEFAULT_FLOW_STEPS: Final = 5
"""Default number of flow-matching steps per patch: with it, XS stays well ahead of one CPU core."""

CONDITIONING_FPS: Final = 4.0
"""Rate at which the model samples the film (paper, "video")."""
CONDITIONING_FRAME_SIZE: Final = (256, 128)
"""Width and height of an equirectangular conditioning frame."""


class AcnChannel(IntEnum):
    """Index of a first-order component in ACN order."""

    W = 0
    Y = 1
    Z = 2
    X = 3


DISPLAY_ORDER: Final = (AcnChannel.W, AcnChannel.X, AcnChannel.Y, AcnChannel.Z)
"""The order in which the field is displayed: W, X, Y, Z."""
