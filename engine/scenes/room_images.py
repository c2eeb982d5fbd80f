"""Simulated rooms: shoeboxes by the image sources of pyroomacoustics (Allen & Berkley 1979), encoded to AmbiX.

Every image is encoded from its own direction, filtered by its walls and the air in octave bands. Beyond the computed
orders, a diffuse tail takes over that decays with the room's reverberation time (Eyring).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import sn3d_gains
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError

RESPONSE_SAMPLES = 48_000
POSITIONS = 4
"""Places of a source in every room."""
_ORDER = 12
_BANDS_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
_SPEED_OF_SOUND = 343.0
_AIR_DB_PER_M = (0.0004, 0.001, 0.0019, 0.0037, 0.0097, 0.0328, 0.117)
"""In the bands, at 10 degrees and 70 % humidity (ISO 9613-2, table 2)."""
_NEAREST_M = 1.0
_END_FADE = 9_600


@dataclass(frozen=True, eq=False)
class Response:
    """A room's answer (4, 48000) AmbiX to a source whose direct sound, left out, is 1 at time zero.

    `azimuth_rad` and `distance_m` are the source's; `rt60_s` the room's reverberation time at 1 kHz.
    """

    wave: NDArray[np.float32]
    azimuth_rad: float
    distance_m: float
    rt60_s: float


def simulate_room(seed: int) -> list[Response]:
    """Return the responses of a room for POSITIONS sources, a function of the seed.

    Raises InvalidInputError if pyroomacoustics is not installed.
    """
    try:
        import pyroomacoustics
    except ImportError as error:
        raise InvalidInputError(
            "Simulated rooms need the package pyroomacoustics: install it with 'pip install pyroomacoustics', "
            "or compose without rooms (--room 0)."
        ) from error
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(np.log([3.0, 3.0, 2.4]), np.log([20.0, 15.0, 8.0])))
    area = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    drawn_s = np.exp(rng.uniform(np.log(0.15), np.log(1.4)))
    absorption = 1 - np.exp(-0.161 * size.prod() / (area * drawn_s))
    tilt = np.linspace(0.7, 1.3, len(_BANDS_HZ)) ** rng.uniform(-0.5, 1.0)
    absorption = np.clip(absorption * tilt, 0.03, 0.9)
    walls = {"coeffs": absorption.tolist(), "center_freqs": list(_BANDS_HZ)}
    room = pyroomacoustics.ShoeBox(
        size, fs=SAMPLE_RATE_HZ, materials=pyroomacoustics.Material(energy_absorption=walls), max_order=_ORDER
    )
    ear = size * rng.uniform([0.3, 0.3, 0.4], [0.7, 0.7, 0.6])
    while len(room.sources) < POSITIONS:
        place = size * rng.uniform(0.08, 0.92, 3)
        if np.linalg.norm(place - ear) > _NEAREST_M:
            room.add_source(place)
    room.add_microphone(ear)
    room.image_source_model()
    air = np.array(_AIR_DB_PER_M) * (np.log(10) / 10)
    decay_s = 0.161 * size.prod() / (-area * np.log(1 - absorption) + 4 * air * size.prod())
    # All images within this distance exist: the octahedron |i| + |j| + |k| <= order has its faces at that distance.
    complete_s = _ORDER / np.sqrt(np.sum(1 / size**2)) / _SPEED_OF_SOUND
    responses = []
    for source in room.sources:
        images = source.images.T - ear
        wave = from_images(images, np.asarray(source.damping), decay_s, complete_s, rng)
        direct = source.position - ear
        azimuth = float(np.arctan2(direct[1], direct[0]))
        responses.append(Response(wave, azimuth, float(np.linalg.norm(direct)), float(decay_s[3])))
    return responses


def from_images(
    images: NDArray[np.float64],
    damping: NDArray[np.float64],
    decay_s: NDArray[np.float64],
    complete_s: float,
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    """Return (4, 48000) of image positions (n, 3) in metres relative to the ear and their gains (7, n) by the walls.

    `decay_s` (7,) are reverberation times; a tail of noise takes over after `complete_s` seconds, as loud as the images
    before it. The nearest image is the direct sound: time zero, gain 1, left out.
    """
    distance = np.linalg.norm(images, axis=1)
    nearest = distance.min()
    delay = np.round((distance - nearest) / _SPEED_OF_SOUND * SAMPLE_RATE_HZ).astype(int)
    kept = (distance > nearest) & (delay < RESPONSE_SAMPLES)
    way = distance[kept]
    gains = sn3d_gains(images[kept] / way[:, None])
    handover = max(complete_s - nearest / _SPEED_OF_SOUND, 0.005) * SAMPLE_RATE_HZ
    time = np.arange(RESPONSE_SAMPLES)
    tail_share = 1.0 / (1.0 + np.exp(-(time - handover) / (0.06 * handover)))
    noise = rng.normal(size=(4, RESPONSE_SAMPLES)) * np.array([1.0, 3**-0.5, 3**-0.5, 3**-0.5])[:, None]
    before = (time > 0.55 * handover) & (time < 0.95 * handover)
    spectrum = np.zeros((4, RESPONSE_SAMPLES + 1), complex)
    for band, share in enumerate(_band_shares(2 * RESPONSE_SAMPLES)):
        loud = damping[band][kept] * 10 ** (-_AIR_DB_PER_M[band] * (way - nearest) / 20) * nearest / way
        pulses = np.zeros((4, RESPONSE_SAMPLES))
        for pulse, gain in zip(pulses, (gains * loud[:, None]).T, strict=True):
            np.add.at(pulse, delay[kept], gain)
        decay = np.exp(-3 * np.log(10) * time / SAMPLE_RATE_HZ / decay_s[band])
        level = np.sqrt(np.square(pulses[0, before]).sum() / np.square(decay[before]).sum())
        wave = pulses * np.sqrt(1 - tail_share) + noise * (level * decay * np.sqrt(tail_share))
        spectrum += np.fft.rfft(wave, 2 * RESPONSE_SAMPLES) * share
    total = np.fft.irfft(spectrum)[:, :RESPONSE_SAMPLES]
    return faded(total).astype(np.float32)


def faded(wave: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return a response (4, 48000) whose last 200 ms fade out."""
    return np.concatenate(
        [wave[:, :-_END_FADE], wave[:, -_END_FADE:] * np.cos(np.linspace(0, np.pi / 2, _END_FADE)) ** 2], axis=1
    )


def _band_shares(size: int) -> NDArray[np.float64]:
    """Return gains (7, F) that divide the spectrum between the octave bands; they sum to one."""
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / SAMPLE_RATE_HZ), 1.0) / _BANDS_HZ[0])
    place = np.clip(octave, 0, len(_BANDS_HZ) - 1)
    shares: NDArray[np.float64] = np.clip(1 - np.abs(place - np.arange(len(_BANDS_HZ))[:, None]), 0.0, 1.0)
    return shares
