"""The codes of the XS codec that are measured, not learned: the field's direction, W's level, pitch and periodicity."""

import math

import torch
from torch import Tensor, nn

from engine.model.codec.analysis import BINS, FFT_SIZE, SAMPLE_RATE_HZ, SpatialBands, power_of
from engine.model.codec.bands import band_centres_hz
from engine.model.codec.periodicity import Periodicity, PitchState
from engine.model.codec.phase_synthesis import Tone
from engine.model.codec.xs_frames import FRAMES_PER_LATENT, over_latents
from engine.model.specs import XsCodecSpec

_LEVEL_FLOOR = 1e-8
_LEVEL_SPREAD = 4.0
"""Natural logarithms of power a unit of the level's code."""
_MOST_GAIN = 2.8
"""Natural logarithm of power: 12 dB. Codes that contradict each other must not blow up a noise floor."""


class GivenCodes(nn.Module):
    """Measures the codes that the spec names, and returns the meaning of codes. It has no weights."""

    placing: Tensor
    audible: Tensor
    code_scale: Tensor

    def __init__(self, spec: XsCodecSpec) -> None:
        super().__init__()
        self.spec = spec
        self.level_codes = (spec.direction_codes,) * spec.level_code
        self.pitch_codes = tuple(range(spec.direction_codes + spec.level_code, spec.given_codes))
        self.periodicity = Periodicity() if spec.pitch_codes else None
        centre = band_centres_hz(spec.spatial_bands)
        # Other bands count a little, so that a rumble alone has a direction too.
        self.register_buffer("placing", torch.where((centre > 500.0) & (centre < 8_000.0), 1.0, 0.05), persistent=False)
        frequency = torch.arange(BINS) * (SAMPLE_RATE_HZ / FFT_SIZE)
        self.register_buffer("audible", ((frequency > 30.0) & (frequency < 20_000.0)).float(), persistent=False)

    def direction(self, bands: SpatialBands) -> Tensor:
        """Return the field's direction (B, T/4, 3): energy-weighted means of the ratios to Y, Z, X."""
        energy: Tensor = (bands.energy * self.placing)[:, None].unflatten(2, (-1, FRAMES_PER_LATENT))
        ratio: Tensor = bands.ratio.unflatten(2, (-1, FRAMES_PER_LATENT))
        return ((energy * ratio).sum((3, 4)) / energy.sum((3, 4))).transpose(1, 2)

    def level(self, w: Tensor) -> Tensor:
        """Return the code (B, T/4, 1) of the level of W's spectra (B, T, 961), 30 Hz - 20 kHz."""
        power = over_latents((power_of(w) * self.audible).sum(-1, keepdim=True))
        return (torch.log(power + _LEVEL_FLOOR) + 8.0) / _LEVEL_SPREAD

    def power(self, codes: Tensor) -> Tensor:
        """Return W's power (..., 1) over a latent's 40 ms that the level's code of codes (..., D) stands for."""
        return torch.exp(codes[..., self.spec.direction_codes :][..., :1] * _LEVEL_SPREAD - 8.0)

    def given(self, foa: Tensor, spectra: Tensor, bands: SpatialBands) -> Tensor:
        """Return the codes (B, T/4, G) that are not learned.

        They are of AmbiX (B, 4, 480 T + 1440), its spectra (B, 4, T, 961) and their bands.
        """
        return self.given_step(foa, spectra, bands, self.initial_pitch(foa.shape[0]))[0]

    def given_step(
        self, foa: Tensor, spectra: Tensor, bands: SpatialBands, pitch: PitchState | None
    ) -> tuple[Tensor, PitchState | None]:
        """Return the codes (B, t/4, G) of the next frames, as `given`, and the new state of the pitch."""
        level = self.level(spectra[:, 0])
        wanted = [self.direction(bands)] * bool(self.spec.direction_codes) + [level] * self.spec.level_code
        if self.periodicity is not None and pitch is not None:
            codes, pitch = self.periodicity.codes_step(foa[:, 0], pitch)
            wanted.append(codes)
        return torch.cat([level[..., :0], *wanted], dim=-1), pitch

    def initial_pitch(self, batch: int) -> PitchState | None:
        """Return the state of the pitch before the first sample; None if the codec has no such codes."""
        return None if self.periodicity is None else self.periodicity.initial_state(batch, self.placing)

    @property
    def level_unit_db(self) -> float:
        """Decibels a unit of the latent that is the level; 0 if there is none."""
        if not self.level_codes:
            return 0.0
        return 10.0 * _LEVEL_SPREAD / math.log(10.0) / float(self.code_scale[self.level_codes[0]])

    def to_level(self, power: Tensor, code: Tensor) -> Tensor:
        """Return the gains (B, T, 1) that bring powers (B, T, 961) to the level's code (B, T/4, 1)."""
        there = torch.log(over_latents((power * self.audible).sum(-1, keepdim=True)) + _LEVEL_FLOOR)
        gain = torch.exp((code.float() * _LEVEL_SPREAD - 8.0 - there).clamp(-_MOST_GAIN, _MOST_GAIN))
        return gain.repeat_interleave(FRAMES_PER_LATENT, dim=1)

    def tone(self, codes: Tensor) -> Tone | None:
        """Return pitch and periodicity of codes (B, t, D); None if the codec has no such codes."""
        if self.periodicity is None:
            return None
        return Tone(*self.periodicity.decoded(codes[..., self.pitch_codes[0] : self.spec.given_codes]))
