"""Encoded sources are found again: one, one that moves, two at once; the JSON is whole; silence is no direction."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from engine.ambisonics.encoding import encode_point
from engine.annotation.annotate import annotate, finished_annotation
from engine.annotation.captions import MOST_WORDS, caption_by_rules
from engine.annotation.several import DetectedSource, sources_in
from engine.annotation.tracks import Track, Tracker
from engine.contract.directions import Direction, azimuth_elevation, unit_vectors
from engine.contract.errors import MediaError
from engine.words.vocabulary import place_in_words
from tests.engine.annotation.mixes import RATE, diffuse, error_deg, noise, patchy, written


def test_one_source_is_found_within_two_degrees_at_20_db() -> None:
    rng = np.random.default_rng(0)
    errors, counts = [], []
    for seed in range(24):
        asked = Direction(float(rng.uniform(-180, 180)), float(rng.uniform(-70, 70)))
        found = sources_in(encode_point(noise(1, seed), asked) + diffuse(1, -20, 99 + seed), RATE)
        errors.append(error_deg(found[0].vector, asked))
        counts.append(len(found))
    assert np.median(errors) < 2.0
    assert counts.count(1) >= 22


def test_two_at_once_60_degrees_apart_are_both_found_within_ten() -> None:
    rng = np.random.default_rng(1)
    for seed in range(12):
        azimuth = float(rng.uniform(-180, 120))
        asked = (Direction(azimuth, 0.0), Direction(azimuth + 60.0, 10.0))
        foa = encode_point(noise(1, seed), asked[0]) + encode_point(0.6 * noise(1, 50 + seed), asked[1])
        found = sources_in(foa + diffuse(1, -20, 99 + seed), RATE)
        assert len(found) == 2
        assert error_deg(found[0].vector, asked[0]) < 10
        assert error_deg(found[1].vector, asked[1]) < 10
        assert found[0].share > found[1].share


@pytest.mark.parametrize("count", [3, 4])
def test_three_and_four_at_once_are_found_where_they_seldom_cover_each_other(count: int) -> None:
    found_of_all = []
    for seed in range(8):
        turn = np.random.default_rng(seed).uniform(-180, 180)
        asked = [Direction((turn + 360 / count * k + 180) % 360 - 180, 20.0 * (-1) ** k) for k in range(count)]
        foa = sum(encode_point(patchy(10 * seed + k), d) for k, d in enumerate(asked))
        found = sources_in(foa + diffuse(1, -30, seed), RATE)
        nearest = [min(error_deg(f.vector, d) for d in asked) for f in found]
        assert max(nearest) < 10
        found_of_all.append(len(found))
    assert np.mean(found_of_all) > count - 1
    assert max(found_of_all) == count


def test_silence_and_a_diffuse_field_have_no_source() -> None:
    assert sources_in(np.zeros((4, RATE), np.float32), RATE) == ()
    assert sources_in(diffuse(1, 0, 3), RATE) == ()


def test_a_path_behind_the_head_has_no_jump(tmp_path: Path) -> None:
    azimuths = np.linspace(140, 220, 8)
    foa = np.concatenate(
        [encode_point(noise(1, i), unit_vectors(np.radians(a), 0.0)) for i, a in enumerate(azimuths)], 1
    )
    found = annotate(written(tmp_path / "behind.wav", foa))
    track = found["sources"][0]["path"]
    assert len(found["sources"]) == 1
    assert len(track) == 8
    for point, asked in zip(found["segments"][1:-1], azimuths[1:-1], strict=True):
        wrong = (point["azimuth_deg"] - asked + 180) % 360 - 180
        assert abs(wrong) < 2
        assert point["diffuseness"] < 0.05
    assert "behind on the left" in found["caption"]
    assert "behind on the right" in found["caption"]


def test_two_trajectories_that_go_on_keep_their_names(tmp_path: Path) -> None:
    left, right = Direction(80, 0), Direction(-60, 20)
    foa = encode_point(noise(5, 1), left) + encode_point(0.7 * noise(5, 2), right)
    found = annotate(written(tmp_path / "two.wav", foa), labels=("rain", "a dog"))
    assert [source["label"] for source in found["sources"]] == ["rain", "a dog"]
    for source, asked in zip(found["sources"], (left, right), strict=True):
        assert len(source["path"]) == 5
        vectors = unit_vectors(*(np.radians([p[k] for p in source["path"]]) for k in ("azimuth_deg", "elevation_deg")))
        assert max(error_deg(v, asked) for v in vectors) < 5
    assert found["caption"] == "Rain on the left; a dog at the front right."


def test_a_source_that_pauses_goes_on_and_a_chance_is_dropped() -> None:
    tracker = Tracker()
    there, chance = unit_vectors(0.5, 0.0), unit_vectors(-2.5, 0.0)
    for segment in range(8):
        sources = () if segment in (3, 4) else (DetectedSource(there, 0.9),)
        tracker.feed(segment, (*sources, DetectedSource(chance, 0.1)) if segment == 6 else sources)
    tracks = tracker.tracks(8)
    assert [t.segments for t in tracks] == [[0, 1, 2, 5, 6, 7]]


def test_words_and_numbers_agree_on_a_short_sound_and_on_a_very_soft_one(tmp_path: Path) -> None:
    bark = np.zeros(5 * RATE, np.float32)
    bark[int(2.2 * RATE) : int(2.6 * RATE)] = noise(0.4, 3)
    soft = 1e-4 * noise(3, 4)
    for name, mono in (("bark.wav", bark), ("soft.wav", soft)):
        found = annotate(written(tmp_path / name, encode_point(mono, Direction(60, 20))))
        told = [s["azimuth_deg"] for s in found["segments"] if s["azimuth_deg"] is not None]
        assert told
        assert told == pytest.approx([60.0] * len(told), abs=0.5)
        assert found["caption"] == "A sound at the front left."
        assert [point["azimuth_deg"] for point in found["sources"][0]["path"]] == pytest.approx(told, abs=0.5)


def test_words_for_places_and_their_limit() -> None:
    assert place_in_words(unit_vectors(np.pi / 2, 0.0)) == "on the left"
    assert place_in_words(unit_vectors(-np.pi / 2, 0.0)) == "on the right"
    assert place_in_words(unit_vectors(np.pi, np.radians(35))) == "behind above"
    assert place_in_words(unit_vectors(0.3, np.radians(80))) == "overhead"
    many = [Track([0], [unit_vectors(0.0, 0.0)], [1.0]) for _ in range(90)]
    assert len(caption_by_rules(many, ["a very long name for a sound"] * 90).split()) <= MOST_WORDS


@pytest.mark.parametrize("convention", ["fuma", "n3d"])
def test_other_conventions_are_read_right(tmp_path: Path, convention: str) -> None:
    from engine.ambisonics.normalisation import ambix_to_fuma, sn3d_to_n3d

    asked = Direction(-70, 35)
    turn = {"fuma": ambix_to_fuma, "n3d": sn3d_to_n3d}[convention]
    path = written(tmp_path / "other.wav", turn(encode_point(noise(2, 4), asked)))
    point = annotate(path, convention)["segments"][0]
    assert (point["azimuth_deg"], point["elevation_deg"]) == pytest.approx((-70, 35), abs=1)


def test_the_command_writes_whole_files_goes_on_and_tells_bad_ones(tmp_path: Path, capsys) -> None:
    good = written(
        tmp_path / "good.wav", np.concatenate([encode_point(noise(1.5, 5), Direction(0, 0)), np.zeros((4, RATE))], 1)
    )
    (tmp_path / "bad.wav").write_text("no sound")
    out = tmp_path / "out"
    argv = ["annotate", str(tmp_path / "bad.wav"), str(good), "--out", str(out)]
    assert main(argv) == 2
    said = capsys.readouterr()
    assert "bad.wav" in said.err
    assert said.err.count("\n") == 1
    assert sorted(f.name for f in out.iterdir()) == ["good.json", "good.svg"]
    text = json.loads((out / "good.json").read_text())
    assert text["segments"][-1]["azimuth_deg"] is None
    assert finished_annotation(out / "good.json") == text
    before = (out / "good.json").stat().st_mtime_ns
    assert main(argv[:1] + argv[2:]) == 0
    assert (out / "good.json").stat().st_mtime_ns == before
    (out / "good.json").write_text("{}")
    assert main(argv[:1] + argv[2:]) == 0
    assert finished_annotation(out / "good.json") == text


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"empty\.wav is empty"):
        annotate(written(tmp_path / "empty.wav", np.zeros((4, 0))))


def test_azimuths_are_those_of_the_contract() -> None:
    found = sources_in(encode_point(noise(1, 7), Direction(90, 0)), RATE)
    azimuth, elevation = azimuth_elevation(found[0].vector)
    assert np.degrees([azimuth, elevation]) == pytest.approx([90, 0], abs=0.5)
