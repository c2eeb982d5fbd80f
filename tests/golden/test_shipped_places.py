"""The shipped model makes sound along a drawn path: the direction is met in every patch, not only on average."""

import numpy as np
import pytest

from engine.ambisonics.intensity import active_intensity
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import angle_between
from engine.contract.generation import PatchSource
from engine.evaluation.probes.paths import drawn_path
from engine.evaluation.probes.takes import generate_take
from engine.model.streaming.streamer import load_patch_source
from engine.rendering.requests import patch_middle_s, patch_start_s


@pytest.fixture(scope="module")
def source() -> PatchSource:
    return load_patch_source()


@pytest.mark.parametrize("steps", [2, 5])
def test_a_source_goes_round_and_is_met_all_the_way(source: PatchSource, steps: int) -> None:
    path = drawn_path("circle", 4.8)
    foa = generate_take(source, "a car engine", direction=path, seed=5, seconds=4.8, steps=steps)
    errors_deg, levels_db = [], []
    for index, patch in enumerate(np.split(foa, foa.shape[1] // PATCH_SAMPLES, axis=1)):
        flow, energy = active_intensity(patch)
        errors_deg.append(np.rad2deg(float(angle_between(flow, path.at(patch_middle_s(patch_start_s(index)))))))
        levels_db.append(10.0 * np.log10(energy + 1e-14))
    sounds = np.array(levels_db) > max(levels_db) - 40.0
    assert sounds.mean() > 0.5
    assert np.array(errors_deg)[sounds][1:].max() < 5.0
