"""How well known sounds are recognised: names by class, takes in one stream, the table beside the weights."""

import json
from pathlib import Path

import numpy as np
import pytest

from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.known_sounds import is_recognised, main, names_by_class, recognised_takes, table_of
from engine.evaluation.taggers.class_names import CLASS_NAMES
from engine.model.weights.hashing import file_sha256
from engine.model.weights.known_names import SHIPPED, TABLE_NAME, known_sounds


class Tones:
    """Makes a louder field for dogs than for anything else."""

    checkpoint_sha256, runtime = "tones", "test"

    def reset(self, seed: int) -> None:
        self.asked: list[list[str]] = []

    def next_patch(self, request: PatchRequest) -> PatchResult:
        self.asked.append([lane.prompt.text for lane in request.lanes])
        level = {lane.lane_id: 1.0 if lane.prompt.text == "dog" else -1.0 for lane in request.lanes}
        fields = {number: np.full((4, 7_680), value, np.float32) for number, value in level.items()}
        return PatchResult(np.zeros((4, 7_680), np.float32), {}, lanes=fields)


class Ear:
    """Names a positive sound "Bark", a negative one "Rain", and silence nothing."""

    class_names = ("Bark", "Rain", "Music", "Speech", "Bell", "Cat", "Engine")

    def mean_scores(self, mono: np.ndarray, _rate: int) -> np.ndarray:
        best = np.array([0.9, 0.0, 0.5, 0.4, 0.3, 0.2, 0.1]) if mono.mean() > 0 else np.linspace(0.1, 0.9, 7)[::-1]
        return best if np.any(mono) else np.zeros(7)


def test_takes_are_made_as_lanes_and_judged_by_the_names_of_their_class() -> None:
    heard = recognised_takes(Tones(), Ear(), ["dog", "cow"], takes=3, seconds=0.3)
    assert heard == {"dog": 3, "cow": 0}
    assert not is_recognised(Ear(), np.zeros(48_000), 48_000, "dog"), "silence is nothing"


def test_every_class_is_named_once_by_its_own_name(tmp_path: Path) -> None:
    rows = "path\tlabel\tclass\tsource\na.wav\tPuppy\tdog\tx\nb.wav\tdrizzle\train\ty\n"
    (tmp_path / "sounds.tsv").write_text(rows)
    names = names_by_class(tmp_path)
    assert names["dog"][:2] == ["dog", "puppy"]
    assert "a mutt barking at the door" in names["dog"]
    assert all(names and len(set(names)) == len(names) for names in CLASS_NAMES.values())


def test_the_table_is_read_beside_the_weights_it_was_measured_with(tmp_path: Path) -> None:
    for name in ("sounds.safetensors", "generator.safetensors"):
        (tmp_path / name).symlink_to(SHIPPED / name)
    assert {sound.recognised for sound in known_sounds(tmp_path)} == {None}
    facts = {"generator_sha256": file_sha256(SHIPPED / "generator.safetensors")}
    table = table_of({"dog": ["dog", "a dog barks"], "mill": ["mill"]}, {"dog": (3, 4)}, {"dog": (9, 10)}, facts)
    path = tmp_path / TABLE_NAME
    path.write_text(json.dumps(table))
    found = {sound.name: sound for sound in known_sounds(tmp_path)}
    assert (found["a dog barks"].recognised, found["a dog barks"].real) == ((3, 4), (9, 10))
    assert (found["mill"].sound_class, found["mill"].recognised) == ("mill", None)
    path.write_text(json.dumps(table | {"generator_sha256": "another"}))
    other = {sound.name: sound for sound in known_sounds(tmp_path)}["dog"]
    assert (other.sound_class, other.recognised) == ("dog", None), "figures of other weights do not count"
    path.write_text(json.dumps(table))
    (tmp_path / "refiner.safetensors").write_bytes(b"another")
    refined = {sound.name: sound for sound in known_sounds(tmp_path)}["dog"]
    assert refined.recognised is None, "nor those of the same generator without its refiner"
    for damaged in ("", "[]", "[" * 100_000, '{"generator_sha256": 1, "classes": 5}', '{"classes": {"dog": null}}'):
        path.write_text(damaged)
        assert {sound.recognised for sound in known_sounds(tmp_path)} == {None}


def test_a_table_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--yamnet", str(tmp_path / "none"), "--data", str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
