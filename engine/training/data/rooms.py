"""Rooms: FOA impulse responses without their direct sound, simulated and measured, made once into a cache.

Simulated ones are shoeboxes: the image sources of pyroomacoustics (Allen & Berkley 1979), each encoded to AmbiX from its
own direction and filtered by its walls and the air in octave bands, then a diffuse tail that decays as the room's
reverberation time says. Measured ones are the rows of a data folder's `rirs.tsv`. The direct sound is placed apart, so a
moving source stays exact; a response is turned so that its own direct sound would come from where the source is.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file
from scipy.signal import butter, resample_poly, sosfiltfilt

from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.normalisation import fuma_to_ambix, n3d_to_sn3d
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError, MediaError

RESPONSE_SAMPLES = 48_000
_ORDER = 12
_BANDS_HZ = (125, 250, 500, 1000, 2000, 4000, 8000)
_DIRECT_SAMPLES = 120
_SPEED_OF_SOUND = 343.0
_AIR_DB_PER_M = (0.0004, 0.001, 0.0019, 0.0037, 0.0097, 0.033, 0.117)
"""ISO 9613-1 at 20 degrees and 50 % humidity, in the bands."""


@dataclass(frozen=True, eq=False)
class RoomBank:
    """`responses` (K, 4, 48000) AmbiX per unit of direct sound; `azimuth_rad` (K,) of the direct sound; `names`."""

    responses: NDArray[np.float16]
    azimuth_rad: NDArray[np.float32]
    names: tuple[str, ...]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.names)


def load_rooms(
    cache: Path, data: Path | None, count: int = 120, progress: Callable[[int, int], None] = lambda done, of: None
) -> RoomBank:
    """Return the rooms kept in `cache`, made first where they are not there: `count` simulated and the measured ones.

    Raises InvalidInputError where pyroomacoustics is missing, MediaError for a measured response that cannot be read.
    """
    path = cache / f"rooms-{count}.safetensors"
    if not path.is_file():
        made = []
        for seed in range(count):
            progress(seed, count)
            made.append(simulate_room(seed))
        measured = [] if data is None else measured_rooms(data)
        rows = made + measured
        labels = [f"shoebox {i}" for i in range(len(made))] + [f"measured {i}" for i in range(len(measured))]
        cache.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        save_file(
            {
                "responses": np.stack([r for r, _ in rows]).astype(np.float16),
                "azimuth_rad": np.array([a for _, a in rows], np.float32),
                "names": np.frombuffer("\n".join(labels).encode(), np.uint8).copy(),
            },
            partial,
        )
        partial.replace(path)
    tensors = load_file(path)
    names = tuple(tensors["names"].tobytes().decode().split("\n"))
    return RoomBank(tensors["responses"], tensors["azimuth_rad"], names)


def simulate_room(seed: int) -> tuple[NDArray[np.float32], float]:
    """Return a response (4, 48000) and the azimuth of its direct sound, a function of the seed."""
    try:
        import pyroomacoustics
    except ImportError as error:
        raise InvalidInputError(
            "Simulated rooms need the package pyroomacoustics: install it with 'pip install pyroomacoustics', "
            "or compose without rooms (--room 0)."
        ) from error
    rng = np.random.default_rng(seed)
    size = np.exp(rng.uniform(np.log([3.0, 3.0, 2.4]), np.log([18.0, 14.0, 7.0])))
    walls = {
        "coeffs": np.clip(rng.uniform(0.06, 0.5) * np.linspace(0.7, 1.3, 7) ** rng.uniform(-1, 1), 0.03, 0.9).tolist(),
        "center_freqs": list(_BANDS_HZ),
    }
    room = pyroomacoustics.ShoeBox(
        size, fs=SAMPLE_RATE_HZ, materials=pyroomacoustics.Material(energy_absorption=walls), max_order=_ORDER
    )
    ear = size * rng.uniform(0.3, 0.7, 3)
    while True:
        source = size * rng.uniform(0.1, 0.9, 3)
        if np.linalg.norm(source - ear) > 1.0:
            break
    room.add_source(source)
    room.add_microphone(ear)
    room.image_source_model()
    images = room.sources[0].images.T - ear
    damping = np.asarray(room.sources[0].damping)
    absorption = np.asarray(walls["coeffs"])
    area = 2 * (size[0] * size[1] + size[0] * size[2] + size[1] * size[2])
    decay = 0.161 * size.prod() / (-area * np.log(1 - absorption))
    response = _from_images(images, damping, decay, rng)
    direct = images[np.argmin(np.linalg.norm(images, axis=1))]
    return response, float(np.arctan2(direct[1], direct[0]))


def _from_images(
    images: NDArray[np.float64], damping: NDArray[np.float64], decay_s: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return (4, 48000) of image positions (n, 3) against the ear, their gains (7, n) and decay times (7,).

    The direct sound is at time zero and is left out; gains are against it.
    """
    distance = np.linalg.norm(images, axis=1)
    nearest = int(np.argmin(distance))
    delay = (distance - distance[nearest]) / _SPEED_OF_SOUND * SAMPLE_RATE_HZ
    gains = sn3d_gains(images / distance[:, None])
    kept = (np.arange(len(delay)) != nearest) & (delay < RESPONSE_SAMPLES - 2)
    whole, part = np.divmod(delay[kept], 1.0)
    at = whole.astype(int)
    t = np.arange(RESPONSE_SAMPLES) / SAMPLE_RATE_HZ
    # Beyond the time that the highest order reaches along the shortest way, images thin out and the tail takes over.
    order_end = int(np.quantile(delay[kept], 0.5)) if kept.any() else 0
    arrive = 1.0 / (1.0 + np.exp(-(np.arange(RESPONSE_SAMPLES) - order_end) / (0.15 * order_end + 240)))
    noise = rng.normal(size=(4, RESPONSE_SAMPLES)) * np.array([1.0, 3**-0.5, 3**-0.5, 3**-0.5])[:, None]
    total = np.zeros((4, RESPONSE_SAMPLES))
    for band, centre in enumerate(_BANDS_HZ):
        air = 10 ** (-_AIR_DB_PER_M[band] * (distance - distance[nearest]) / 20)
        loud = damping[band] * air * distance[nearest] / distance
        pulses = np.zeros((4, RESPONSE_SAMPLES + 1))
        for lag, share in ((0, 1 - part), (1, part)):
            np.add.at(pulses, (slice(None), at + lag), (gains[kept] * (loud[kept] * share)[:, None]).T)
        pulses = pulses[:, :RESPONSE_SAMPLES]
        tail = noise * np.exp(-6.9 * t / decay_s[band]) * arrive
        around = slice(max(order_end - 2400, 0), order_end + 2400)
        early = np.square(pulses[0, around]).sum()
        shape = np.exp(-2 * 6.9 * t[around] / decay_s[band]).sum()
        tail *= np.sqrt(early / max(shape, 1e-9))
        total += sosfiltfilt(_band_filter(centre), pulses * np.sqrt(1 - arrive**2) + tail, axis=1)
    total[:, -2400:] *= np.linspace(1.0, 0.0, 2400)
    return total.astype(np.float32)


def _band_filter(centre_hz: float) -> NDArray[np.float64]:
    edges = np.array([centre_hz / 2**0.5, centre_hz * 2**0.5])
    if centre_hz == _BANDS_HZ[0]:
        return butter(2, edges[1], "lowpass", fs=SAMPLE_RATE_HZ, output="sos")
    if centre_hz == _BANDS_HZ[-1]:
        return butter(2, edges[0], "highpass", fs=SAMPLE_RATE_HZ, output="sos")
    return butter(1, edges, "bandpass", fs=SAMPLE_RATE_HZ, output="sos")


def measured_rooms(data: Path) -> list[tuple[NDArray[np.float32], float]]:
    """Return the measured responses of `data/rirs.tsv` (none where there is no table), in the form of simulate_room."""
    table = data / "rirs.tsv"
    if not table.is_file():
        return []
    rooms = []
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            try:
                wave, rate = sf.read(data / row["path"], dtype="float32", always_2d=True)
            except (sf.LibsndfileError, OSError) as error:
                raise MediaError(f"{data / row['path']} cannot be read ({error}): repair or remove its row.") from error
            ambix = _to_ambix(wave.T, row)
            if rate != SAMPLE_RATE_HZ:
                common = np.gcd(SAMPLE_RATE_HZ, rate)
                ambix = resample_poly(ambix, SAMPLE_RATE_HZ // common, rate // common, axis=1)
            rooms.append(without_direct_sound(ambix))
    return rooms


def _to_ambix(wave: NDArray[np.float32], row: dict[str, str]) -> NDArray[np.float32]:
    if len(wave) != 4:
        raise MediaError(f"{row['path']} has {len(wave)} channels: a first-order response has four.")
    if row["channel_order"].startswith("FuMa"):
        return fuma_to_ambix(wave).astype(np.float32)
    return (n3d_to_sn3d(wave) if row["normalisation"] == "N3D" else wave).astype(np.float32)


def without_direct_sound(ambix: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
    """Return a response (4, 48000) per unit of direct sound, time zero at it, and the direct sound's azimuth."""
    peak = int(np.argmax(np.abs(ambix[0])))
    direct = ambix[:, max(peak - _DIRECT_SAMPLES // 2, 0) : peak + _DIRECT_SAMPLES]
    strength = float(np.sqrt(np.square(direct[0]).sum()))
    y, x = (float((direct[0] * direct[c]).sum()) for c in (1, 3))
    late = np.zeros((4, RESPONSE_SAMPLES), np.float32)
    rest = ambix[:, peak + _DIRECT_SAMPLES : peak + RESPONSE_SAMPLES]
    late[:, _DIRECT_SAMPLES : _DIRECT_SAMPLES + rest.shape[1]] = rest / max(strength, 1e-9)
    late[:, -2400:] *= np.linspace(1.0, 0.0, 2400, dtype=np.float32)
    return late, float(np.arctan2(y, x))
