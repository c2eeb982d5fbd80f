import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from engine.ambisonics.binaural import BinauralFilters
from engine.ambisonics.binaural_file import load_filters
from engine.contract.control import DirectionPath, GenerationSettings, Lane, PathPoint, Prompt
from engine.contract.conventions import DEFAULT_FLOW_STEPS
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, EngineError, ExportError, InvalidInputError, MediaError
from engine.contract.generation import MAIN_LANE
from engine.export.levels import FileLevels
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.offline.render import OfflineJob, render_offline
from engine.video.opencv import cv2
from tests.engine.runtime.small_films import write_film
from tests.fakes import FAKE_SHA256, FakePatchSource, FakeSource

LEFT_UP = GenerationSettings(
    prompt=Prompt("a tone of 1500 Hz"), path=DirectionPath.fixed(Direction(60.0, 20.0)), seed=7
)


class Watched(FakePatchSource):
    def __init__(self, plan=FakeSource()):  # noqa: B008
        super().__init__(plan)
        self.requests = []

    def next_patch(self, request):
        self.requests.append(request)
        return super().next_patch(request)


def job_in(folder, **changes) -> OfflineJob:
    job = OfflineJob(
        video=None,
        settings=LEFT_UP,
        seconds=2.5,
        out=folder / "out.wav",
        binaural=folder / "ears.wav",
        report=folder / "report.json",
    )
    return replace(job, **changes)


def render(job, source=None, **options):
    return render_offline(job, source or Watched(), load_s=0.5, **options)


def time_reference(path) -> int:
    data = path.read_bytes()
    bext = data.find(b"bext") + 8
    return int.from_bytes(data[bext + 338 : bext + 346], "little")


def test_the_timecode_of_the_film_is_the_time_reference(tmp_path):
    film = write_film(tmp_path / "film.mov", 0.5, timecode="10:00:00:00")
    render(job_in(tmp_path, video=film, seconds=0.3))
    assert time_reference(tmp_path / "out.wav") == time_reference(tmp_path / "ears.wav") == 1_728_000_000
    render(job_in(tmp_path, seconds=0.3))
    assert time_reference(tmp_path / "out.wav") == 0


@pytest.mark.slow
def test_a_still_panorama_is_as_long_as_wanted(tmp_path):
    cv2.imwrite(str(tmp_path / "still.png"), np.full((32, 64, 3), 90, np.uint8))
    watched = Watched()
    report = render(job_in(tmp_path, video=tmp_path / "still.png", seconds=11.0), watched)
    assert report["seconds"] == 11.0
    assert all(request.frame is not None for request in watched.requests)


def test_files_and_report(tmp_path):
    told = []
    report = render(job_in(tmp_path), progress=told.append)
    foa, rate_hz = read_ambix(tmp_path / "out.wav")
    ears, _ = soundfile.read(tmp_path / "ears.wav")
    assert (foa.shape, rate_hz, ears.shape) == ((4, 120_000), 48_000, (120_000, 2))
    assert np.square(ears[:, 0]).mean() > np.square(ears[:, 1]).mean()
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert {
        "first_audio_s", "load_s", "rtf", "patch_ms", "seed", "prompt", "checkpoint_sha256", "doa", "stage_ms",
    } <= set(report)  # fmt: skip
    assert report["checkpoint_sha256"] == FAKE_SHA256
    assert (report["seed"], report["prompt"], report["load_s"]) == (7, "a tone of 1500 Hz", 0.5)
    assert 0.0 < report["first_audio_s"] < 2.0
    assert set(report["patch_ms"]) == {"p50", "p95", "max"}
    assert 0.0 < report["patch_ms"]["p50"] <= report["patch_ms"]["p95"] <= report["patch_ms"]["max"]
    assert report["rtf"] > 0.0
    assert report["stage_ms"]["tone"] > 0.0
    assert len(report["doa"]) == 3
    for second in report["doa"]:
        assert second["azimuth_deg"] == pytest.approx(60.0, abs=2.0)
        assert second["elevation_deg"] == pytest.approx(20.0, abs=2.0)
        assert second["diffuseness"] < 0.1
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_primer_is_the_past_of_the_first_patch_and_named(tmp_path):
    soundfile.write(tmp_path / "wind.wav", 0.1 * np.random.default_rng(0).standard_normal(96_000), 48_000)
    source = Watched()
    report = render(job_in(tmp_path, primer=tmp_path / "wind.wav"), source)
    assert [request.primer is not None for request in source.requests] == [True] + [False] * 15
    assert source.requests[0].primer.shape == (4, 12 * 7_680)
    assert report["primer"] == str(tmp_path / "wind.wav")
    told = [remark for remark in report["remarks"] if "wind.wav" in remark]
    assert told == ["The take continues the first 1.9 s of wind.wav, without playing them."]
    source = type(source)()
    report = render(job_in(tmp_path, primer=tmp_path / "wind.wav", primer_from_end=True), source)
    last = next(remark for remark in report["remarks"] if "wind.wav" in remark)
    assert last == "The take continues the last 1.9 s of wind.wav, without playing them."
    with pytest.raises(InvalidInputError, match="A primer belongs to the prompt or the film"):
        job_in(tmp_path, settings=GenerationSettings(lanes=(Lane(1, Prompt("rain")),)), primer=tmp_path / "wind.wav")
    (tmp_path / "out.wav").unlink()
    with pytest.raises(MediaError, match="none"):
        render(job_in(tmp_path, primer=tmp_path / "none.wav"))
    assert not (tmp_path / "out.wav").exists()


def test_the_head_of_the_job_listens(tmp_path):
    shipped = load_filters()
    backwards = BinauralFilters(shipped.taps[::-1], source="backwards")
    levels = {}
    for head in (None, shipped, backwards):
        report = render(job_in(tmp_path, seconds=0.5, head=head))
        assert report["head"] == (None if head is None else head.source)
        ears, _ = soundfile.read(tmp_path / "ears.wav")
        levels[report["head"]] = list(np.square(ears).mean(axis=0))
    assert levels[None] == levels[shipped.source]
    assert levels["backwards"] == levels[None][::-1]
    assert levels[None][0] > 1.5 * levels[None][1]


def test_peaks_that_were_cut_are_in_the_report_and_automatic_gain_keeps_them(tmp_path):
    class Loud(Watched):
        def next_patch(self, request):
            result = super().next_patch(request)
            return replace(result, samples=4.0 * result.samples / np.abs(result.samples).max())

    cut = render(job_in(tmp_path, subtype="pcm24"), Loud())["levels"]
    assert [told["file"] for told in cut] == ["out.wav", "ears.wav"]
    assert cut[0]["clipped_samples"] > 100
    assert cut[0]["peak_dbfs"] == pytest.approx(12.04, abs=0.01)
    lowered = render(job_in(tmp_path, subtype="pcm24", gain="auto", out=tmp_path / "out.flac"), Loud())["levels"]
    assert [told["clipped_samples"] for told in lowered] == [0, 0]
    assert lowered[0]["peak_dbfs"] == pytest.approx(-1.0, abs=0.01)
    assert np.abs(read_ambix(tmp_path / "out.flac")[0]).max() == pytest.approx(10 ** (-1 / 20), abs=1e-4)
    assert FileLevels.from_json(lowered[0]).sentence == "out.flac was lowered by 13.0 dB: its peak is at -1 dBFS."


def test_the_same_job_gives_the_same_bytes(tmp_path):
    source = Watched()
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        render(job_in(folder), source)
    for name in ("out.wav", "ears.wav"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    render(job_in(second, settings=replace(LEFT_UP, seed=8)), source)
    assert (first / "out.wav").read_bytes() != (second / "out.wav").read_bytes()


def test_steps_are_the_default_unless_given(tmp_path):
    source = Watched()
    render(job_in(tmp_path), source)
    assert {request.steps for request in source.requests} == {DEFAULT_FLOW_STEPS}
    source = Watched()
    render(job_in(tmp_path, settings=replace(LEFT_UP, steps=3)), source)
    assert {request.steps for request in source.requests} == {3}


def test_a_path_is_followed(tmp_path):
    path = DirectionPath((PathPoint(0.0, Direction(0.0)), PathPoint(2.0, Direction(90.0))))
    source = Watched()
    render(job_in(tmp_path, settings=replace(LEFT_UP, path=path)), source)
    azimuths = [np.rad2deg(np.arctan2(r.direction[1], r.direction[0])) for r in source.requests]
    middles = [0.08 + 0.16 * index for index in range(len(azimuths))]
    np.testing.assert_allclose(azimuths, np.minimum(90.0, np.multiply(45.0, middles)), atol=0.1)


def test_lanes_and_the_exact_direction_reach_the_model_and_the_report(tmp_path):
    path = DirectionPath((PathPoint(0.0, Direction(0.0)), PathPoint(2.0, Direction(-90.0))))
    lanes = (Lane(1, Prompt("a dog"), path, -6.0), Lane(2, Prompt("rain")))
    source = Watched()
    report = render(job_in(tmp_path, settings=replace(LEFT_UP, exact_direction=False, lanes=lanes)), source)
    assert not any(request.exact_direction for request in source.requests)
    for index, request in enumerate(source.requests):
        dog, rain = request.lanes
        assert (dog.lane_id, dog.prompt, dog.gain_db) == (1, Prompt("a dog"), -6.0)
        np.testing.assert_allclose(dog.direction, path.at(0.08 + 0.16 * index))
        assert (rain.lane_id, rain.prompt, rain.direction, rain.gain_db) == (2, Prompt("rain"), None, 0.0)
    assert report["exact_direction"] is False
    dog, rain = report["lanes"]
    assert (dog["lane_id"], dog["prompt"], dog["gain_db"]) == (1, "a dog", -6.0)
    assert dog["path"] == [
        {"t_s": 0.0, "azimuth_deg": 0.0, "elevation_deg": 0.0},
        {"t_s": 2.0, "azimuth_deg": -90.0, "elevation_deg": 0.0},
    ]
    assert rain == {"lane_id": 2, "prompt": "rain", "gain_db": 0.0, "path": []}
    assert report == json.loads((tmp_path / "report.json").read_text())
    plain = Watched()
    render(job_in(tmp_path), plain)
    assert all(request.exact_direction and request.lanes == () for request in plain.requests)


def test_a_film_gives_its_length_and_its_pictures(tmp_path):
    film = write_film(tmp_path / "film.mp4", 1.5)
    source = Watched()
    job = job_in(tmp_path, video=film, seconds=None, settings=GenerationSettings())
    report = render(job, source)
    assert report["seconds"] == pytest.approx(1.5, abs=0.05)
    assert read_ambix(tmp_path / "out.wav")[0].shape[1] == round(report["seconds"] * 48_000)
    assert [request.frame_index for request in source.requests] == [int(i * 0.16 * 4) for i in range(10)]
    assert all(request.frame.shape == (128, 256, 3) for request in source.requests)
    assert report["stage_ms"]["film"] >= 0.0
    assert render(replace(job, seconds=0.5))["seconds"] == 0.5
    assert render(replace(job, seconds=99.0))["seconds"] == report["seconds"]


def test_cancelling_leaves_nothing(tmp_path):
    calls = iter(range(100))
    with pytest.raises(CancelledError):
        render(job_in(tmp_path), cancelled=lambda: next(calls) >= 3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fail", ["model", "report is a folder", "ears in no folder", "no film", "not a film"])
def test_a_failure_leaves_nothing_and_is_a_sentence(tmp_path, fail):
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    job, source, expected = job_in(outputs), Watched(), ExportError
    if fail == "model":
        source, expected = Watched(FakeSource(fail_at_patch=5)), RuntimeError
    elif fail == "report is a folder":
        job = replace(job, report=tmp_path)
    elif fail == "ears in no folder":
        job = replace(job, binaural=tmp_path / "nowhere" / "ears.wav")
    elif fail == "no film":
        job, expected = replace(job, video=tmp_path / "no.mp4"), EngineError
    else:
        (tmp_path / "text.mp4").write_text("not a film")
        job, expected = replace(job, video=tmp_path / "text.mp4"), MediaError
    with pytest.raises(expected) as failure:
        render(job, source)
    assert str(failure.value)
    assert list(outputs.iterdir()) == []


def test_an_older_output_survives_a_failure(tmp_path):
    (tmp_path / "out.wav").write_bytes(b"precious")
    with pytest.raises(RuntimeError):
        render(job_in(tmp_path), Watched(FakeSource(fail_at_patch=5)))
    assert (tmp_path / "out.wav").read_bytes() == b"precious"


def test_jobs_that_make_no_sense_are_refused(tmp_path):
    with pytest.raises(InvalidInputError, match="nothing to generate"):
        job_in(tmp_path, settings=GenerationSettings())
    with pytest.raises(InvalidInputError, match="same name"):
        job_in(tmp_path, binaural=tmp_path / "out.wav")
    for seconds in (0.0, -1.0, float("nan"), 1e9):
        with pytest.raises(InvalidInputError, match="seconds"):
            job_in(tmp_path, seconds=seconds)


def test_places_in_words_place_the_sources_and_are_said(tmp_path):
    asked = GenerationSettings(Prompt("a dog barks on the left and sea waves move from right to left, no thunder"))
    source = Watched()
    report = render(job_in(tmp_path, settings=asked), source)
    assert {request.prompt.text for request in source.requests} == {"a dog barks"}
    np.testing.assert_allclose(
        [request.direction for request in source.requests], [[0, 1, 0]] * len(source.requests), atol=1e-9
    )
    sea = [request.lanes[0] for request in source.requests]
    assert {lane.prompt.text for lane in sea} == {"sea waves"}
    assert [lane.direction[1] for lane in sea] == sorted(lane.direction[1] for lane in sea)
    assert sea[0].direction[1] < -0.9
    assert report["prompt"] == asked.prompt.text
    assert report["path"] == [{"t_s": 0.0, "azimuth_deg": 90.0, "elevation_deg": 0.0}]
    assert '"a dog barks" at 90,0' in report["read_as"]
    assert len(report["remarks"]) == 1
    assert "no thunder" in report["remarks"][0]


def test_a_lane_without_a_prompt_is_something_to_hear(tmp_path):
    lane = Lane(1, Prompt("a dog"), DirectionPath.fixed(Direction(60)))
    source = Watched()
    render(job_in(tmp_path, video=None, settings=GenerationSettings(lanes=(lane,))), source)
    assert all(request.prompt == Prompt() and len(request.lanes) == 1 for request in source.requests)
    with pytest.raises(InvalidInputError, match="nothing to generate"):
        job_in(tmp_path, video=None, settings=GenerationSettings())


def test_a_start_keeps_the_films_clock_for_pictures_paths_and_the_time_reference(tmp_path):
    film = write_film(tmp_path / "film.mp4", seconds=4.0)
    path = DirectionPath((PathPoint(0.0, Direction(0.0)), PathPoint(4.0, Direction(80.0))))
    source = Watched()
    settings = GenerationSettings(Prompt("rain"), path)
    report = render(job_in(tmp_path, video=film, settings=settings, start_s=2.0, seconds=9.0), source)
    azimuths = [np.rad2deg(np.arctan2(r.direction[1], r.direction[0])) for r in source.requests]
    np.testing.assert_allclose(azimuths[0], 20.0 * 2.08, atol=0.1)
    assert source.requests[0].frame_index == 8
    assert soundfile.info(tmp_path / "out.wav").frames == 96_000
    bext = (tmp_path / "out.wav").read_bytes().split(b"bext", 1)[1]
    assert int.from_bytes(bext[4 + 338 : 4 + 346], "little") == 96_000
    assert report["start_s"] == 2.0
    assert any("not 9 s" in remark for remark in report["remarks"])


def test_a_movement_in_words_begins_where_the_sound_begins(tmp_path):
    source = Watched()
    moving = GenerationSettings(Prompt("a car moves from left to right in 2 seconds"))
    render(job_in(tmp_path, settings=moving, start_s=30.0, seconds=2.5), source)
    assert source.requests[0].direction[1] > 0.9
    assert source.requests[-1].direction[1] < -0.99


class InLanes(Watched):
    """Says of each patch what its sources are: the tone itself, and half of it from behind for every lane."""

    def next_patch(self, request):
        patch = super().next_patch(request)
        lanes = {lane.lane_id: 0.5 * patch.samples for lane in request.lanes}
        return replace(patch, lanes={MAIN_LANE: patch.samples, **lanes})


def test_stems_are_the_sources_in_files_of_their_own(tmp_path):
    (tmp_path / "stems").mkdir()
    asked = GenerationSettings(
        Prompt("a tone on the left and sea waves on the right"), lanes=(Lane(1, Prompt("a/b: c")),)
    )
    job = job_in(tmp_path, settings=asked, stems=tmp_path / "stems", start_s=1.0)
    render(job, InLanes())
    assert sorted(file.name for file in (tmp_path / "stems").iterdir()) == [
        "1 a tone.wav",
        "2 a b c.wav",
        "3 sea waves.wav",
    ]
    mix, _ = read_ambix(tmp_path / "out.wav")
    for name, gain in (("1 a tone", 1.0), ("2 a b c", 0.5), ("3 sea waves", 0.5)):
        stem, _ = read_ambix(tmp_path / "stems" / f"{name}.wav")
        np.testing.assert_allclose(stem, gain * mix, atol=1e-7)
        bext = (tmp_path / "stems" / f"{name}.wav").read_bytes().split(b"bext", 1)[1]
        assert int.from_bytes(bext[4 + 338 : 4 + 346], "little") == 48_000


def test_stems_of_a_cancelled_render_leave_nothing(tmp_path):
    (tmp_path / "stems").mkdir()
    with pytest.raises(CancelledError):
        render(job_in(tmp_path, stems=tmp_path / "stems"), InLanes(), cancelled=lambda: True)
    assert list((tmp_path / "stems").iterdir()) == []
