"""The shipped model hears places in words: what is asked for on the left is there, beside something on the right.

And it knows which words are of a sound that keeps a beat.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.ambisonics.intensity import active_intensity
from engine.contract.control import GenerationSettings, Prompt
from engine.contract.directions import Direction, angle_between
from engine.contract.generation import PatchSource
from engine.export.reading.ambix_reader import read_ambix
from engine.model.streaming.streamer import load_patch_source
from engine.model.weights.prompt_reader import load_prompt_encoder
from engine.runtime.offline.render import OfflineJob, render_offline


@pytest.fixture(scope="module")
def source() -> PatchSource:
    return load_patch_source()


def angle_deg(file: Path, azimuth_deg: float) -> float:
    """Return how far the field of a file points away from an azimuth on the horizon."""
    foa, _ = read_ambix(file)
    flow, _ = active_intensity(foa)
    return float(np.rad2deg(angle_between(flow, Direction(azimuth_deg).unit_vector())))


def test_a_dog_barks_on_the_left(tmp_path: Path, source: PatchSource) -> None:
    asked = GenerationSettings(Prompt("a dog barks on the left"), seed=3)
    job = OfflineJob(video=None, settings=asked, seconds=1.6, out=tmp_path / "dog.wav")
    report = render_offline(job, source, load_s=0.0)
    assert angle_deg(job.out, 90.0) < 5.0
    assert report["remarks"] == []


def test_two_sources_are_at_their_places_and_a_sound_that_is_hardly_known_is_said(
    tmp_path: Path, source: PatchSource
) -> None:
    (tmp_path / "stems").mkdir()
    asked = GenerationSettings(Prompt("sea waves on the right and a piano on the left"), seed=3)
    job = OfflineJob(video=None, settings=asked, seconds=1.6, out=tmp_path / "both.wav")
    report = render_offline(replace(job, stems=tmp_path / "stems"), source, load_s=0.0)
    assert angle_deg(tmp_path / "stems" / "1 sea waves.wav", -90.0) < 5.0
    assert angle_deg(tmp_path / "stems" / "2 a piano.wav", 90.0) < 5.0
    assert any("piano" in remark and "2 recordings" in remark for remark in report["remarks"])


def test_clocks_keep_a_beat_and_footsteps_do_not() -> None:
    reader = load_prompt_encoder()
    for text in ("a clock ticking", "the pendulum of a grandfather timepiece", "chopping wood", "rain and a clock"):
        assert reader.steadiness(text) == pytest.approx(1.0, abs=0.05), text
    for text in ("footsteps on gravel", "a door slams", "birds singing", "rain falls", "a church bell ringing"):
        assert reader.steadiness(text) == 0.0, text
