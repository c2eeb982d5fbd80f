"""Frozen sizes of the models; named presets are at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.contract.conventions import LATENTS_PER_PATCH

PITCH_CODES = 9
"""W's pitch and how periodic each of eight bands is."""
CODES_PER_PARTIAL = 2
"""A partial's frequency and its share of its band's power."""
FIELD_CODES = 7
"""W's rumble, the active intensity along Y, Z, X, and their energies."""


WIDTH = (1, 16_384)
LAYERS = (0, 128)
_MOST_BLOCKS = 64
_LARGEST_DILATION = 1_024
_LARGEST_MULTIPLIER = 64


def check_sizes(spec: object, ranges: Mapping[str, tuple[int, int]]) -> None:
    """Raise ValueError unless the fields of a spec are whole numbers within (smallest, largest)."""
    for name, (low, high) in ranges.items():
        value = getattr(spec, name)
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"{name} is a whole number from {low} to {high}, not {str(value)[:40]}.")


@dataclass(frozen=True)
class XsCodecSpec:
    """Sizes of the XS codec (foa_vae_xs).

    The first `given_codes` of a latent are measured, then come the learned ones, then `added_codes` that are measured
    as well and that the networks do not see.
    """

    latent_dim: int = 32
    direction_codes: int = 0
    level_code: bool = False
    pitch_codes: bool = False
    partial_bands: int = 0
    """Bands with a partial each, two codes a band (partials)."""
    field_codes: bool = False
    """Whether rumble, intensity and energies of the field are codes (field_codes), after the partials'."""
    mel_bands: int = 64
    spatial_bands: int = 24
    encoder_dim: int = 192
    encoder_hidden: int = 448
    encoder_dilations: tuple[int, ...] = (1, 1, 2, 2)
    decoder_dim: int = 288
    decoder_hidden: int = 640
    decoder_dilations: tuple[int, ...] = (1, 1, 2, 2, 4)

    def __post_init__(self) -> None:
        """Raise ValueError for impossible sizes: files state them too, and they decide what is allocated."""
        widths = ("latent_dim", "encoder_dim", "encoder_hidden", "decoder_dim", "decoder_hidden")
        check_sizes(self, dict.fromkeys(widths, WIDTH) | {"mel_bands": (2, 480), "spatial_bands": (2, 480)})
        check_sizes(self, {"partial_bands": (0, 96)})
        if self.direction_codes not in (0, 3) or not self._says_yes_or_no():
            raise ValueError("The codes that are given are three of direction or none, the other kinds there or not.")
        if type(self.direction_codes) is not int or self.given_codes >= self.core_dim:
            raise ValueError(f"A latent of {self.latent_dim} codes has none left to learn.")
        for dilations in (self.encoder_dilations, self.decoder_dilations):
            if not isinstance(dilations, tuple) or not 1 <= len(dilations) <= _MOST_BLOCKS:
                raise ValueError(f"A stack has 1 to {_MOST_BLOCKS} blocks, each with a dilation.")
            if not all(type(d) is int and 1 <= d <= _LARGEST_DILATION for d in dilations):
                raise ValueError(f"A dilation is a whole number, 1 to {_LARGEST_DILATION}.")

    def _says_yes_or_no(self) -> bool:
        return {type(self.level_code), type(self.pitch_codes), type(self.field_codes)} == {bool}

    @property
    def given_codes(self) -> int:
        """How many codes are the field's direction (none or three), W's level, its pitch and periodicities."""
        return self.direction_codes + self.level_code + PITCH_CODES * self.pitch_codes

    @property
    def added_codes(self) -> int:
        """How many codes at the end of a latent are the partials' and the field's."""
        return CODES_PER_PARTIAL * self.partial_bands + FIELD_CODES * self.field_codes

    @property
    def kinds(self) -> tuple[int, int, int]:
        """How many codes a latent has of each kind: the networks', the partials', the field's."""
        return self.core_dim, CODES_PER_PARTIAL * self.partial_bands, FIELD_CODES * self.field_codes

    @property
    def core_dim(self) -> int:
        """How many codes the networks read and write: those of the latent without the added ones."""
        return self.latent_dim - self.added_codes


@dataclass(frozen=True)
class GeneratorSpec:
    """Sizes of history encoder, language model and local diffusion transformer."""

    name: str
    latent_dim: int
    dim: int
    heads: int
    kv_heads: int
    lm_layers: int
    dit_layers: int
    history_layers: int
    multiplier: float
    window: int
    text_hidden: int
    video_hidden: int
    text_dim: int = 384
    text_tokens: int = 4
    video_channels: int = 114
    patch_latents: int = 4
    distilled_steps: int = 0
    """The most steps of a LocDiT that was distilled with its guidance folded in; 0: not distilled."""
    svac_channels: int = 0
    """Width of the SVAC video encoder; 0: none, the film's features alone."""
    echo_code: int = -1
    """The index of the level in a latent whose repetition the language model hears (LevelEcho); -1: it does not."""
    beat_code: int = -1
    """The index of the level in a latent whose beat is kept, without hearing it; -1: that of `echo_code`."""

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that no generator has, or if the heads do not divide the width.

        Files state them too, and they decide what is allocated.
        """
        widths = ("latent_dim", "dim", "text_hidden", "video_hidden", "text_dim", "video_channels")
        layers, few = dict.fromkeys(("lm_layers", "dit_layers", "history_layers"), LAYERS), (1, 256)
        others = {"heads": few, "kv_heads": few, "text_tokens": few, "patch_latents": (1, 64), "window": (1, 4096)}
        optional = {"distilled_steps": (0, 64), "svac_channels": (0, WIDTH[1])}
        check_sizes(self, dict.fromkeys(widths, WIDTH) | layers | others | optional)
        if not isinstance(self.name, str) or isinstance(self.multiplier, bool):
            raise ValueError("A generator has a name, and a multiplier that is a number.")
        if not isinstance(self.multiplier, int | float) or not 0.0 < self.multiplier <= _LARGEST_MULTIPLIER:
            raise ValueError(f"A layer is at most {_LARGEST_MULTIPLIER} times as wide inside.")
        check_sizes(self, dict.fromkeys(("echo_code", "beat_code"), (-1, self.latent_dim - 1)))
        if self.kept_code >= 0 and self.patch_latents != LATENTS_PER_PATCH:
            raise ValueError(f"Levels are expected in patches of {LATENTS_PER_PATCH} latents.")
        if self.dim % self.heads or self.heads % self.kv_heads:
            raise ValueError(f"{self.name}: {self.dim} wide does not divide into {self.heads}/{self.kv_heads} heads.")

    @property
    def kept_code(self) -> int:
        """The index of the level in a latent whose beat is kept; -1 if none is."""
        return self.beat_code if self.beat_code >= 0 else self.echo_code


@dataclass(frozen=True)
class RefinerSpec:
    """Sizes of a refiner: it adds codes to the first `made_codes` of latents (generator/refiner.py)."""

    latent_dim: int = 119
    made_codes: int = 64
    dim: int = 128
    heads: int = 4
    kv_heads: int = 2
    layers: int = 3
    multiplier: int = 3
    text_dim: int = 384
    patch_latents: int = LATENTS_PER_PATCH

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that no refiner has: files state them too, and they decide what is allocated."""
        check_sizes(self, dict.fromkeys(("latent_dim", "dim", "text_dim"), WIDTH) | {"layers": LAYERS})
        few = dict.fromkeys(("heads", "kv_heads"), (1, 256)) | {"multiplier": (1, _LARGEST_MULTIPLIER)}
        check_sizes(self, few | {"patch_latents": (1, 64), "made_codes": (1, self.latent_dim - 1)})
        if self.dim % self.heads or self.heads % self.kv_heads:
            raise ValueError(f"A width of {self.dim} does not divide into {self.heads}/{self.kv_heads} heads.")


TINY = GeneratorSpec(
    name="TINY", latent_dim=8, dim=32, heads=4, kv_heads=2, lm_layers=2, dit_layers=2, history_layers=1, multiplier=2,
    window=6, text_hidden=32, video_hidden=32, svac_channels=8,
)  # fmt: skip
XS = GeneratorSpec(
    name="XS", latent_dim=64, dim=256, heads=4, kv_heads=2, lm_layers=5, dit_layers=4, history_layers=2, multiplier=3,
    window=32, text_hidden=512, video_hidden=256, svac_channels=64,
)  # fmt: skip
S = GeneratorSpec(
    name="S", latent_dim=128, dim=768, heads=12, kv_heads=12, lm_layers=24, dit_layers=4, history_layers=4,
    multiplier=4, window=256, text_hidden=3072, video_hidden=3072, svac_channels=256,
)  # fmt: skip
M = GeneratorSpec(
    name="M", latent_dim=128, dim=896, heads=14, kv_heads=14, lm_layers=26, dit_layers=5, history_layers=4,
    multiplier=4, window=256, text_hidden=3584, video_hidden=3584, svac_channels=256,
)  # fmt: skip
L = GeneratorSpec(
    name="L", latent_dim=128, dim=1024, heads=16, kv_heads=8, lm_layers=36, dit_layers=6, history_layers=6,
    multiplier=4, window=256, text_hidden=4096, video_hidden=4096, svac_channels=256,
)  # fmt: skip
XS_BEAT = replace(XS, name="XS-beat", beat_code=3)
"""XS that keeps a beat which its own past has."""
XS_PARTIALS = replace(XS, name="XS-partials", latent_dim=119)
"""XS on the codec with 24 partials and the field's codes."""
XS_RHYTHM = replace(XS_PARTIALS, name="XS-rhythm", echo_code=3)
"""XS-partials that hears which levels are due if its own past repeats."""
PRESETS = {spec.name: spec for spec in (TINY, XS, XS_BEAT, XS_PARTIALS, XS_RHYTHM, S, M, L)}

XS_CODEC = XsCodecSpec(latent_dim=64, direction_codes=3, level_code=True, pitch_codes=True)
TINY_CODEC = XsCodecSpec(
    latent_dim=8, direction_codes=3, level_code=True, mel_bands=24, spatial_bands=6, encoder_dim=16, encoder_hidden=24,
    encoder_dilations=(1, 2), decoder_dim=16, decoder_hidden=24, decoder_dilations=(1, 2),
)  # fmt: skip
