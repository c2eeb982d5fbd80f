"""The takes of the held-out suite: the same as `generate` makes, and in a folder that is whole or not there."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.errors import ExportError
from engine.evaluation.suite.held_out_takes import MANIFEST, check_held_out_folder, held_out_folder, write_take
from engine.evaluation.suite.reference_files import write_film
from engine.runtime.offline.render import OfflineJob, render_offline
from tests.app.fake_patch_sources import NoiseSource

SECONDS = 0.8
SETTINGS = GenerationSettings(Prompt("rain on the left"), seed=7)


def without_times(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in ("first_audio_s", "rtf", "patch_ms", "stage_ms")}


@pytest.mark.parametrize("has_film", [False, True])
def test_a_take_is_the_one_that_generate_makes(has_film: bool, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4" if has_film else None
    if film is not None:
        write_film(film, np.full((4, 64, 128, 3), 90, np.uint8), SECONDS)
    own, other = tmp_path / "own" / "take.wav", tmp_path / "other" / "take.wav"
    for out in (own, other):
        out.parent.mkdir()
    steps: list[float] = []
    report = write_take(NoiseSource(), SETTINGS, film, SECONDS, own, steps.append)
    job = OfflineJob(film, SETTINGS, SECONDS, other, places_in_words=False)
    assert without_times(report) == without_times(render_offline(job, NoiseSource(), load_s=0.0))
    assert own.read_bytes() == other.read_bytes()
    assert steps == [0.2, 0.4, 0.6, 0.8, 1.0]


def test_an_unfinished_folder_is_removed(tmp_path: Path) -> None:
    work = tmp_path / "work"

    def fill_and_fail() -> None:
        with held_out_folder(work) as (staged, _):
            (staged / MANIFEST).write_text("{}")
            raise ExportError("the disk is full")

    with pytest.raises(ExportError, match="the disk"):
        fill_and_fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    check_held_out_folder(tmp_path / "new")
    (tmp_path / MANIFEST).write_text('{"format": "swansphere-held-out-1"}')
    check_held_out_folder(tmp_path)
    (tmp_path / MANIFEST).write_text('{"format": "another"}')
    with pytest.raises(ExportError, match="other files"):
        check_held_out_folder(tmp_path)
