"""The XS codec: a causal spectral FOA-VAE whose head predicts W and the ratio of Y, Z, X to it.

The encoder sees log-mel levels of W, its time envelope and the per-band ratios of the other channels (not raw
phases, which drown the spectrum). The decoder predicts W's magnitudes at 100 Hz and its envelope at 400 Hz, and per
band the real ratio of Y, Z, X to W (direction by construction) and the level of a decorrelated residual (rooms, diffuse
fields). Phases are not coded: they come from `phase_synthesis`, deterministic and causal.

The first codes of a latent can be measured instead of learned, as the spec says. Three are the field's direction,
active intensity against energy over its four frames between 500 Hz and 8 kHz (paper, "Annotation"); ratios per band are
coded as what they differ by from it. One is W's level over the four frames: what is decoded is brought to it. Nine are
W's pitch and how periodic each of eight bands is (`periodicity`). For the other codes, encoder and decoder are each a
linear map of one latent's four frames plus a causal network. The maps start as principal components
(engine/training/codec/principal.py), the networks at zero: training begins at the linear baseline.
"""

import math
from dataclasses import replace

import torch
from torch import Tensor, nn

from engine.contract.conventions import FOA_CHANNELS
from engine.model.codec.analysis import (
    BINS,
    BLOCKS_PER_HOP,
    FFT_SIZE,
    HOP,
    POWER_SCALE,
    SAMPLE_RATE_HZ,
    CodecAnalysis,
    SpatialBands,
)
from engine.model.codec.bands import band_to_bin
from engine.model.codec.dense_block import CausalDenseStack
from engine.model.codec.field_codes import FieldCodes
from engine.model.codec.partial_bank import PartialBank
from engine.model.codec.partials import LOOKAHEAD, Partials
from engine.model.codec.phase_synthesis import PhaseSynthesis, Tone
from engine.model.codec.xs_frames import (
    FRAMES_PER_LATENT,
    CodecFrames,
    CodecShapes,
    CodecState,
    EncoderState,
    ShapesStep,
    loudness,
    over_frames,
    without_floor,
)
from engine.model.codec.xs_given import GivenCodes
from engine.model.specs import XsCodecSpec

_SLOW = (1, 1)
_GIVEN_LOG_VARIANCE = -7.0
"""While training: two degrees of noise on the direction's codes, half a decibel on the level's, 3 % on the pitch's."""
_LOG_SCALE = -0.5 * math.log(POWER_SCALE)
_EXCITATION_STEP = 37
"""Frames of noise between streams, prime to their number: two streams shaped from one noise would be coherent, and
their places would melt into one between them."""


class XsFoaVae(GivenCodes):
    """See the module's text; implements FoaVae."""

    mel_spread: Tensor
    spread: Tensor
    code_mean: Tensor
    code_scale: Tensor

    latent_samples = HOP * FRAMES_PER_LATENT
    context_samples = FFT_SIZE - HOP
    """How far a frame reaches back before its newest hop."""

    def __init__(self, spec: XsCodecSpec) -> None:
        super().__init__(spec)
        self.latent_dim = spec.latent_dim
        self.partials = Partials(spec.partial_bands) if spec.partial_bands else None
        self.bank = PartialBank() if spec.partial_bands else None
        self.field = FieldCodes() if spec.field_codes else None
        # What is not a partial's is delayed by as much as the partials are looked at ahead.
        self.ahead_samples = LOOKAHEAD if spec.partial_bands else 0
        self.delay_samples = self.context_samples + self.ahead_samples
        intensity = FieldCodes.intensity(spec.latent_dim) if spec.field_codes else ()
        self.directed_codes = (*range(spec.direction_codes), *intensity)
        self.analysis = CodecAnalysis(spec.mel_bands, spec.spatial_bands)
        self.widths = (spec.mel_bands, BLOCKS_PER_HOP, 3 * spec.spatial_bands, 3 * spec.spatial_bands)
        features, learned = sum(self.widths), spec.core_dim - spec.given_codes
        self.linear_in = nn.Linear(FRAMES_PER_LATENT * features + spec.given_codes, learned)
        self.encoder_in = nn.Linear(features + spec.given_codes, spec.encoder_dim)
        self.encoder_fast = CausalDenseStack(spec.encoder_dim, spec.encoder_hidden, spec.encoder_dilations)
        self.fold = nn.Linear(FRAMES_PER_LATENT * spec.encoder_dim, spec.decoder_dim)
        self.encoder_slow = CausalDenseStack(spec.decoder_dim, spec.decoder_hidden, _SLOW)
        self.to_latent = nn.Linear(spec.decoder_dim, 2 * learned)
        self.linear_out = nn.Linear(spec.core_dim, FRAMES_PER_LATENT * features)
        self.from_latent = nn.Linear(spec.core_dim, spec.decoder_dim)
        self.decoder_slow = CausalDenseStack(spec.decoder_dim, spec.decoder_hidden, _SLOW)
        self.unfold = nn.Linear(spec.decoder_dim, FRAMES_PER_LATENT * spec.decoder_dim)
        self.decoder_fast = CausalDenseStack(spec.decoder_dim, spec.decoder_hidden, spec.decoder_dilations)
        self.head_norm = nn.LayerNorm(spec.decoder_dim)
        self.head_magnitude = nn.Linear(spec.decoder_dim, BINS)
        self.head_rest = nn.Linear(spec.decoder_dim, features - spec.mel_bands)
        self.register_buffer("mel_spread", band_to_bin(spec.mel_bands, FFT_SIZE, SAMPLE_RATE_HZ), persistent=False)
        self.register_buffer("spread", band_to_bin(spec.spatial_bands, FFT_SIZE, SAMPLE_RATE_HZ), persistent=False)
        # Codes to latents and back: centred, and scaled so that what is heard most weighs most in the generator.
        self.register_buffer("code_mean", torch.zeros(spec.latent_dim))
        self.register_buffer("code_scale", torch.ones(spec.latent_dim))
        self.synthesis = PhaseSynthesis()
        self.compiled_shapes: ShapesStep | None = None
        for layer in (self.to_latent, self.head_magnitude, self.head_rest):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.constant_(self.to_latent.bias[learned:], -4.0)

    def without_added(self) -> "XsFoaVae":
        """Return a codec of the first codes alone, with these weights: it decodes what no refiner has completed."""
        core = self.spec.core_dim
        codec = XsFoaVae(replace(self.spec, latent_dim=core, partial_bands=0, field_codes=False))
        state = self.state_dict()
        codec.load_state_dict(state | {name: state[name][:core] for name in ("code_mean", "code_scale")})
        return codec.to(self.code_mean.device).train(self.training).requires_grad_(False)

    def features(self, foa: Tensor, spectra: Tensor, bands: SpatialBands) -> Tensor:
        """Return the encoder's input (B, T, F), roughly standardised.

        It is of AmbiX (B, 4, 480 T + 1440), its spectra (B, 4, T, 961) and their bands. Directions count as far as
        their band is heard.
        """
        level = (self.analysis.log_mel(spectra[:, 0]) + 13.0) / 4.0
        envelope = (self.analysis.envelope(foa[:, 0]) + 11.0) / 4.0
        heard = loudness(bands.energy)[:, None]
        ratio = bands.ratio
        if self.spec.direction_codes:
            ratio = ratio - over_frames(self.direction(bands))
        flat = [(heard * v).permute(0, 2, 1, 3).flatten(2) for v in (ratio, bands.residual / 3.0 + 1.0)]
        return torch.cat([level, envelope, *flat], dim=-1)

    def posterior(self, features: Tensor, given: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance (B, T/4, D) of the codes of features (B, T, F) and given codes (B, T/4, G)."""
        state = self.initial_encoder_state(features.shape[0])
        return self._posterior_step(features, given, state.fast, state.slow)[:2]

    def _posterior_step(
        self, features: Tensor, given: Tensor, fast: tuple[Tensor, ...], slow: tuple[Tensor, ...]
    ) -> tuple[Tensor, Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
        x = self.encoder_in(torch.cat([features, given.repeat_interleave(FRAMES_PER_LATENT, dim=1)], dim=-1))
        x, fast = self.encoder_fast.step(x, fast)
        x = self.fold(x.unflatten(1, (-1, FRAMES_PER_LATENT)).flatten(2))
        x, slow = self.encoder_slow.step(x, slow)
        mean, log_variance = self.to_latent(x).chunk(2, dim=-1)
        stacked = features.unflatten(1, (-1, FRAMES_PER_LATENT)).flatten(2)
        mean = torch.cat([given, mean + self.linear_in(torch.cat([stacked, given], dim=-1))], dim=-1)
        log_variance = nn.functional.pad(log_variance, (given.shape[-1], 0), value=_GIVEN_LOG_VARIANCE)
        return mean, log_variance.clamp(-12.0, 4.0), fast, slow

    def posterior_of(self, foa: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance (B, T/4, D) of the codes of AmbiX (B, 4, 480 T + 1440)."""
        spectra = self.analysis.spectra(foa)
        bands = self.analysis.spatial_bands(spectra)
        return self.posterior(self.features(foa, spectra, bands), self.given(foa, spectra, bands))

    def encode(self, foa: Tensor) -> Tensor:
        """Return latents (B, T, D) of AmbiX (B, 4, T * 1920)."""
        return self.encode_step(foa, self.initial_encoder_state(foa.shape[0]))[0]

    def initial_encoder_state(self, batch: int) -> EncoderState:
        """Return the encoder's state before the first sample: silence."""
        like = self.code_mean
        return EncoderState(
            like.new_zeros(batch, FOA_CHANNELS, self.delay_samples),
            self.encoder_fast.initial_state(batch, like),
            self.encoder_slow.initial_state(batch, like),
            self.initial_pitch(batch),
            None if self.partials is None else self.partials.initial_state(batch, like),
        )

    def encode_step(self, foa: Tensor, state: EncoderState) -> tuple[Tensor, EncoderState]:
        """Return the latents (B, t, D) of the next AmbiX (B, 4, t * 1920), and the new state."""
        seen = torch.cat([state.samples, foa], dim=-1)
        now = seen[..., : seen.shape[-1] - self.ahead_samples]
        spectra = self.analysis.spectra(now)
        bands = self.analysis.spatial_bands(spectra)
        given, pitch = self.given_step(now, spectra, bands, state.pitch)
        codes, _, fast, slow = self._posterior_step(self.features(now, spectra, bands), given, state.fast, state.slow)
        peaks = state.peaks
        if self.partials is not None and peaks is not None:
            partials, peaks = self.partials.codes_step(seen[:, 0], peaks)
            codes = torch.cat([codes, partials], dim=-1)
        if self.field is not None:
            codes = torch.cat([codes, self.field.codes(spectra)], dim=-1)
        latents = (codes - self.code_mean) * self.code_scale
        return latents, EncoderState(seen[..., -self.delay_samples :], fast, slow, pitch, peaks)

    def frames_step(
        self, codes: Tensor, slow: tuple[Tensor, ...], fast: tuple[Tensor, ...]
    ) -> tuple[CodecFrames, tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Predict the frames of codes (B, t, D), of which the added ones play no part."""
        codes = codes[..., : self.spec.core_dim]
        x, slow = self.decoder_slow.step(self.from_latent(codes), slow)
        x = self.unfold(x).unflatten(-1, (FRAMES_PER_LATENT, -1)).flatten(1, 2)
        x, fast = self.decoder_fast.step(x, fast)
        x = self.head_norm(x)
        linear = self.linear_out(codes).unflatten(-1, (FRAMES_PER_LATENT, -1)).flatten(1, 2)
        level, rest = linear.split((self.widths[0], sum(self.widths[1:])), dim=-1)
        envelope, ratio, residual = (rest + self.head_rest(x)).split(self.widths[1:], dim=-1)
        power = without_floor((4.0 * level - 13.0) @ self.mel_spread + 2.0 * self.head_magnitude(x))
        if self.spec.level_code:
            power = power * self.to_level(power, codes[..., self.spec.direction_codes :][..., :1])
        log_magnitude = 0.5 * torch.log(power) + _LOG_SCALE
        ratio, residual = (v.unflatten(-1, (3, -1)).transpose(1, 2) for v in (ratio, residual))
        if self.spec.direction_codes:
            ratio = ratio + over_frames(codes[..., : self.spec.direction_codes])
        return CodecFrames(log_magnitude, envelope * 4.0 - 11.0, ratio, residual * 3.0 - 3.0), slow, fast

    def shapes_step(
        self, codes: Tensor, slow: tuple[Tensor, ...], fast: tuple[Tensor, ...]
    ) -> tuple[CodecShapes, tuple[Tensor, ...], tuple[Tensor, ...]]:
        """Return what the synthesis makes of the frames of codes (B, t, D), brought to the codes of the field."""
        frames, slow, fast = self.frames_step(codes, slow, fast)
        magnitude = torch.exp(frames.log_magnitude.clamp(max=7.5)) * self.audible
        # One plane wave has Y, Z, X as strong as W together; no field is more directed than that.
        ratio = (frames.ratio / frames.ratio.norm(dim=1, keepdim=True).clamp(min=1.0)) @ self.spread
        residual = torch.exp(0.5 * frames.residual.clamp(-7.0, 2.3)) @ self.spread
        if self.field is not None:
            field = codes.split(self.spec.kinds, dim=-1)[2]
            magnitude, ratio, residual = self.field.corrected(magnitude, ratio, residual, field)
        return CodecShapes(magnitude, frames.envelope, ratio, residual), slow, fast

    def predict_frames(self, codes: Tensor) -> CodecFrames:
        """Predict the frames of a whole sequence of codes (B, T, D); used in training."""
        slow = self.decoder_slow.initial_state(codes.shape[0], codes)
        fast = self.decoder_fast.initial_state(codes.shape[0], codes)
        return self.frames_step(codes, slow, fast)[0]

    def initial_state(self, batch: int, stream: int = 0) -> CodecState:
        """Return the decoder's state before the first latent; each stream begins elsewhere in the noise."""
        like = self.code_mean
        synthesis = self.synthesis.initial_state(batch, like)
        return CodecState(
            self.decoder_slow.initial_state(batch, like),
            self.decoder_fast.initial_state(batch, like),
            replace(synthesis, frame=synthesis.frame + _EXCITATION_STEP * stream),
            None if self.bank is None else self.bank.initial_state(batch, FOA_CHANNELS, self.spec.partial_bands, like),
        )

    def decode_step(self, latents: Tensor, state: CodecState) -> tuple[Tensor, CodecState]:
        """Decode latents (B, t, D) to AmbiX (B, 4, t * 1920)."""
        codes = latents / self.code_scale + self.code_mean
        shapes_step = self.shapes_step if self.compiled_shapes is None else self.compiled_shapes
        (magnitude, envelope, ratio, residual), slow, fast = shapes_step(codes, state.slow, state.fast)
        tone = self.tone(codes)
        tones: Tensor | None = None
        bank = state.bank
        if bank is not None:
            assert self.partials is not None
            partials = codes.split(self.spec.kinds, dim=-1)[1]
            sounding, left, without = self.partials.shared_out(partials, magnitude, ratio)
            if tone is not None:
                tone = Tone(tone.pitch, tone.share * without)
            assert self.bank is not None
            tones, bank = self.bank.step(*sounding, bank)
            # W's noise is what the partials leave; the diffuse part of the others stays as loud.
            magnitude = _times(magnitude, left)
            residual = _times(residual, left.reciprocal()[:, None])
        foa, synthesis = self.synthesis.step(
            magnitude,
            envelope,
            ratio,
            residual,
            state.synthesis,
            tone,
            keep_apart=self.field is not None,
        )
        return foa if tones is None else foa + tones, CodecState(slow, fast, synthesis, bank)

    def agreed(self, latents: Tensor) -> Tensor:
        """Return generated latents (B, t, D) whose field's codes are those of a sound.

        Their intensity over the field is what their direction's codes say, and their rumble is bounded.

        Measured latents have both alike. Sampled ones do not, and then what is decoded is pulled from one to the other.
        Latents to which those codes are still to be added stay as they are.
        """
        if self.field is None or not self.spec.direction_codes or latents.shape[-1] < self.latent_dim:
            return latents
        stated, intensity = slice(self.spec.direction_codes), FieldCodes.intensity(self.latent_dim)
        found = slice(intensity.start, intensity.stop)
        codes = latents[..., stated] / self.code_scale[stated] + self.code_mean[stated]
        agreed = latents.clone()
        agreed[..., found] = ((codes - self.code_mean[found]) * self.code_scale[found]).to(latents.dtype)
        low, most = FieldCodes.rumble(self.latent_dim)
        bound = (most - self.code_mean[low]) * self.code_scale[low]
        agreed[..., low] = agreed[..., low].clamp(max=bound.to(latents.dtype))
        return agreed

    def placed(self, latents: Tensor, directions: Tensor) -> Tensor:
        """Return generated latents (B, t, D) whose field points to directions (B, 3), as FoaVae says.

        Ratios per band are coded as what they differ by from the field's, so they move with it.
        """
        if not self.spec.direction_codes:
            return latents
        own, others = latents[..., : self.spec.direction_codes], latents[..., self.spec.direction_codes :]
        scale, mean = (v[: self.spec.direction_codes] for v in (self.code_scale, self.code_mean))
        yzx = directions.to(latents)[:, None].roll(-1, dims=-1)
        codes = own / scale + mean
        there = torch.linalg.vector_norm(codes, dim=-1, keepdim=True) * yzx
        codes = torch.where(yzx.any(-1, keepdim=True), there, codes)
        return torch.cat([((codes - mean) * scale).to(latents.dtype), others], dim=-1)

    def decode(self, latents: Tensor) -> Tensor:
        """Decode a whole sequence (B, T, D)."""
        return self.decode_step(latents, self.initial_state(latents.shape[0]))[0]


def _times(values: Tensor, factors: Tensor) -> Tensor:
    """Return values (..., 4 t, F) of frames times factors (..., t, F) of latents."""
    made: Tensor = values.unflatten(-2, (-1, FRAMES_PER_LATENT)) * factors.unsqueeze(-2)
    return made.flatten(-3, -2)
