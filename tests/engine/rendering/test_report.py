"""The report of a take says what was asked, how long it took, and where the sound comes from."""

import json

import pytest

from engine.contract.control import DirectionPath, GenerationSettings, Lane, Prompt
from engine.contract.conventions import PATCH_S, PATCH_SAMPLES
from engine.contract.directions import Direction
from engine.rendering.report import TakeReport
from engine.rendering.takes import render_patches
from engine.words.placing import place_sources
from tests.fakes import FakePatchSource, FakeSource

PATCHES = 14


@pytest.fixture
def values() -> dict:
    asked = GenerationSettings(
        Prompt("1000"),
        DirectionPath.fixed(Direction(90.0, 30.0)),
        seed=5,
        lanes=(Lane(1, Prompt("a dog"), DirectionPath.fixed(Direction(-90.0)), -6.0),),
    )
    report = TakeReport()
    report.remark(["The film ends early."])
    source = FakePatchSource(FakeSource(patch_s=0.002))
    for patch in render_patches(source, asked, PATCHES * PATCH_SAMPLES):
        report.add(patch)
    placed = place_sources(asked, 0.0, PATCHES * PATCH_S)
    said = {"load_s": 1.5, "start_s": 2.0, "video": None, "head": "my.sofa", "primer": "bed.wav", "levels": []}
    whole = report.values(asked, placed, checkpoint_sha256=source.checkpoint_sha256, **said)
    return json.loads(json.dumps(whole))


def test_what_was_asked_is_in_the_report(values: dict) -> None:
    assert (values["seed"], values["steps"], values["prompt"], values["start_s"]) == (5, 5, "1000", 2.0)
    assert values["path"] == [{"t_s": 0.0, "azimuth_deg": 90.0, "elevation_deg": 30.0}]
    assert values["lanes"][0]["path"][0]["azimuth_deg"] == -90.0
    assert values["remarks"] == ["The film ends early."]
    assert (values["load_s"], values["video"], values["head"], values["levels"]) == (1.5, None, "my.sofa", [])
    assert values["primer"] == "bed.wav"


def test_times_are_those_of_the_patches(values: dict) -> None:
    assert values["seconds"] == pytest.approx(PATCHES * PATCH_S)
    assert 0.0 < values["patch_ms"]["p50"] <= values["patch_ms"]["p95"] <= values["patch_ms"]["max"]
    assert values["patch_ms"]["max"] >= 2.0
    mean_ms = values["rtf"] * 1000.0 * PATCH_S
    assert 0.0 < values["stage_ms"]["tone"] <= values["patch_ms"]["max"]  # a median: may lie above the mean
    assert 0.0 < mean_ms <= values["patch_ms"]["max"]
    assert 0.0 < values["first_audio_s"] < 60.0
    assert "film" not in values["stage_ms"]


def test_every_second_has_its_direction(values: dict) -> None:
    assert [row["t_s"] for row in values["doa"]] == [0.0, 1.0, 2.0]
    for row in values["doa"]:
        assert (row["azimuth_deg"], row["elevation_deg"]) == pytest.approx((90.0, 30.0), abs=0.1)
        assert row["diffuseness"] < 0.01
