import multiprocessing
import time

import numpy as np
import pytest

from app.export.offline_child import render_in_child
from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, CheckpointError, ExportError, WorkerError
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.offline.render import OfflineJob
from tests.app import fake_patch_sources


@pytest.fixture
def job(tmp_path):
    path = DirectionPath.fixed(Direction(90.0, 0.0))
    settings = GenerationSettings(prompt=Prompt("rain"), path=path, seed=3)
    return OfflineJob(None, settings, 2.0, tmp_path / "out.wav", binaural=tmp_path / "ears.wav")


def never() -> bool:
    return False


def left_over(job) -> list[str]:
    return [file.name for file in job.out.parent.iterdir()]


@pytest.mark.slow
def test_a_job_is_rendered_elsewhere_and_lands_here(job):
    seen = []
    report = render_in_child(job, fake_patch_sources.quick, seen.append, never)
    foa, rate = read_ambix(job.out)
    assert rate == 48_000
    assert foa.shape == (4, 96_000)
    assert np.corrcoef(foa[0], foa[1])[0, 1] > 0.99  # from the left
    assert sorted(left_over(job)) == ["ears.wav", "out.wav"]
    assert report["seed"] == 3
    assert seen == sorted(seen)
    assert multiprocessing.active_children() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "error"),
    [
        (fake_patch_sources.damaged, CheckpointError),
        (fake_patch_sources.dying, WorkerError),
        (fake_patch_sources.buggy, WorkerError),
    ],
)
def test_whatever_happens_to_the_child_nothing_is_left(job, source, error):
    with pytest.raises(error):
        render_in_child(job, source, lambda fraction: None, never)
    assert left_over(job) == []
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_cancelling_ends_it_soon_and_leaves_nothing(job):
    seen = []
    with pytest.raises(CancelledError):
        render_in_child(job, fake_patch_sources.slow, seen.append, lambda: len(seen) > 1)
    assert left_over(job) == []
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_cancelling_before_the_model_is_loaded(job):
    began = time.monotonic()
    with pytest.raises(CancelledError):
        render_in_child(job, fake_patch_sources.slow, lambda fraction: None, lambda: True)
    assert time.monotonic() - began < 2.5
    assert left_over(job) == []


@pytest.mark.slow
def test_a_folder_that_is_not_there_is_a_sentence(job, tmp_path):
    from dataclasses import replace

    with pytest.raises(ExportError):
        render_in_child(
            replace(job, out=tmp_path / "missing" / "a.wav"), fake_patch_sources.quick, lambda fraction: None, never
        )
