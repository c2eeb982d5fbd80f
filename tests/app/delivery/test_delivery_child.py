"""An export in a child process: it lands here, and whatever happens to the child, nothing is left."""

import multiprocessing
import time
from dataclasses import replace

import numpy as np
import pytest

from app.delivery.child import run_in_child
from app.delivery.file_format import FileFormat
from app.delivery.take_export import FilmSound, TakeExport
from engine.contract.control import DirectionPath, GenerationSettings, Prompt
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, CheckpointError, ExportError, WorkerError
from engine.contract.video import NO_CHOICE
from engine.export.reading.ambix_reader import read_ambix
from tests.app import fake_patch_sources
from tests.engine.export.delivery.takes import film

pytestmark = pytest.mark.slow


@pytest.fixture
def job(tmp_path) -> TakeExport:
    (tmp_path / "out").mkdir()
    settings = GenerationSettings(prompt=Prompt("rain"), path=DirectionPath.fixed(Direction(90.0)), seed=3)
    sound = FilmSound(film(tmp_path / "film.mp4"), NO_CHOICE, settings)
    return TakeExport(sound, FileFormat(coding="float"), tmp_path / "out" / "a.wav")


def never() -> bool:
    return False


def left_over(job) -> list[str]:
    return [file.name for file in job.folder.iterdir()]


def test_a_job_is_run_elsewhere_and_lands_here(job):
    seen = []
    done = run_in_child(job, fake_patch_sources.quick, seen.append, never)
    foa, rate = read_ambix(job.folder / "a.wav")
    assert rate == 48_000
    assert foa.shape[1] == pytest.approx(1.2 * rate, rel=0.02)
    assert np.corrcoef(foa[0], foa[1])[0, 1] > 0.99  # from the left
    assert left_over(job) == ["a.wav"]
    assert all(check.passed for check in done.files[0].checks)
    assert seen == sorted(seen)
    assert multiprocessing.active_children() == []


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
        run_in_child(job, source, lambda fraction: None, never)
    assert left_over(job) == []
    assert multiprocessing.active_children() == []


def test_cancelling_ends_it_soon_and_leaves_nothing(job):
    seen = []
    with pytest.raises(CancelledError):
        run_in_child(job, fake_patch_sources.slow, seen.append, lambda: len(seen) > 1)
    assert left_over(job) == []
    assert multiprocessing.active_children() == []


def test_cancelling_before_the_model_is_loaded(job):
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run_in_child(job, fake_patch_sources.slow, lambda fraction: None, lambda: True)
    assert time.monotonic() - began < 2.5
    assert left_over(job) == []


def test_a_folder_that_is_not_there_is_a_sentence(job, tmp_path):
    with pytest.raises(ExportError, match="missing"):
        run_in_child(
            replace(job, out=tmp_path / "missing" / "a.wav"), fake_patch_sources.quick, lambda fraction: None, never
        )
