"""A take whose direction wanders as a model's does still comes from the path, half a second by half a second."""

from itertools import pairwise

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_path, encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.ambisonics.turning.field_track import FieldMeter, FieldTrack
from engine.ambisonics.turning.shown import Shown, ShownReader
from engine.contract.directions import Direction, angle_between, unit_vectors
from engine.contract.scene.place import Keyframe, LanePath
from engine.rendering.mix.sounds import ArraySamples, BlockSound, FieldFacts
from tests.engine.rendering.mix.mixing import EVEN, SECOND, field_sound, generated, lane, mixed, scene

SECONDS = 10
HALF = SECOND // 2
PATH = LanePath(tuple(Keyframe(s * SECOND, Direction(120.0 - 24.0 * s, 4.0 * s - 20.0)) for s in range(SECONDS + 1)))


def wandering(kind: str, seed: int) -> np.ndarray:
    """Return a take (4, N): diffuse in its first second, then a source whose place wanders every 0.2 s.

    Steps come every half a second, each from a place of its own, in what is nearly silence.
    """
    rng, n = np.random.default_rng(seed), SECONDS * SECOND
    changes = (2 if kind == "steps" else 5) * SECONDS
    azimuth = np.cumsum(rng.normal(0.0, 25.0 if kind == "steps" else 12.0, changes + 1)) + rng.uniform(-180.0, 180.0)
    at = list(unit_vectors(np.deg2rad(azimuth), np.deg2rad(rng.normal(0.0, 8.0, changes + 1))))
    mono, ends = 0.1 * rng.standard_normal(n), [n * k // changes for k in range(changes + 1)]
    if kind == "steps":
        mono *= np.exp(-(np.arange(n) % HALF) / 4_000.0)
        field = np.concatenate([encode_point(mono[a:b], at[k]) for k, (a, b) in enumerate(pairwise(ends))], axis=1)
    else:
        field = encode_path(mono, at, ends)
    room = {"source": 0.03, "rain": 0.12, "steps": 0.001}[kind] * rng.standard_normal((4, n))
    room[1:] /= np.sqrt(3.0)
    onset = 0.1 * rng.standard_normal((4, n))
    onset[1:] /= np.sqrt(3.0)
    rises = np.clip(np.arange(n) / SECOND, 0.05, 1.0)
    return (rises * (field + room) + (1.0 - rises) * onset).astype(np.float32)


def off_deg(field: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each half second is from the path, weighted by level, and its energy."""
    off, energy = [], []
    for part in range(field.shape[1] // HALF):
        piece = field[:, part * HALF : (part + 1) * HALF]
        weights = np.square(piece[0]).reshape(50, -1).sum(axis=1)
        wanted = weights @ [PATH.directions.at(0.5 * part + 0.01 * (k + 0.5)) for k in range(50)]
        direction, _ = direction_and_diffuseness(piece)
        off.append(np.rad2deg(float(angle_between(direction, wanted / np.linalg.norm(wanted)))))
        energy.append(weights.sum())
    return np.array(off), np.array(energy)


def read_live(foa: np.ndarray) -> BlockSound:
    """Return the take as it is read while it grows: without what comes after."""
    track, reader = FieldMeter().measure(foa), ShownReader()
    read = [
        reader.read(FieldTrack(track.flows[k : k + 4], track.energies[k : k + 4]))
        for k in range(0, len(track.energies), 4)
    ]
    shown = Shown(np.concatenate([part.directions for part in read]), np.concatenate([part.sure for part in read]))
    return BlockSound(4, ArraySamples(foa), EVEN, FieldFacts(shown, track.share, follows_path=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["source", "rain", "steps"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_finished_take_comes_from_the_path_though_its_direction_wanders(kind: str, seed: int) -> None:
    foa = wandering(kind, seed)
    what = scene(lane(1, generated(11, SECONDS), path=PATH), seconds=SECONDS)
    after_onset = slice(2, None)  # the first second is diffuse
    off, energy = (values[after_onset] for values in off_deg(mixed(what, {11: field_sound(foa)}, limited=False).field))
    assert energy[off > 5.0].sum() < 0.15 * energy.sum()
    assert energy[off > 10.0].sum() < 0.01 * energy.sum()
    assert (off * energy).sum() < 3.0 * energy.sum()
    live, _ = off_deg(mixed(what, {11: read_live(foa)}, limited=False).field)
    # Read without what comes after, the same take is farther off.
    assert (off * energy).sum() < 0.7 * (live[after_onset] * energy).sum()
