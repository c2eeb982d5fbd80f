"""The gate on scenes: what is counted, and where."""

from types import SimpleNamespace

import numpy as np

from engine.training.pool.scene_check import recognised, table


def scene(*classes: str, placed: bool = True, room: str = "") -> SimpleNamespace:
    return SimpleNamespace(classes=classes, placed=placed, room=room)


def sound(_: object) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(4, 4_800)).astype(np.float32)


def test_scenes_of_one_source_are_counted_by_how_they_are_made() -> None:
    scenes = [
        scene("rain"), scene("rain", room="hall"), scene("rain", placed=False), scene("rain", placed=False),
        scene("rain", "dog"), scene("piano"), scene("dog"),
    ]  # fmt: skip
    names = iter([("Rain",), ("Music",), ("Water", "Rain on surface"), ("Aircraft",), ("Animal", "Bark")])
    found = recognised(scenes, sound, lambda foa: next(names), each=60)
    assert found["rain"].hits == {"dry": [True], "room": [False], "around": [True, False]}
    assert found["rain"].agreed == (2, 4)
    assert found["dog"].hits["dry"] == [True]
    assert found["bell"].agreed == (0, 0)
    assert "| rain | 1 of 1 | 0 of 1 | 1 of 2 |" in table(found)
    # 3 of the prompts ask for rain, 2 for a dog, and no other sound has scenes.
    assert table(found).endswith("70% of the prompts' sounds are recognised in the scenes")


def test_silence_does_not_count_and_enough_is_enough() -> None:
    silent = recognised([scene("rain")], lambda _: np.zeros((4, 4_800)), lambda foa: ("Rain",), 5)
    assert silent["rain"].agreed == (0, 0)
    many = recognised([scene("rain")] * 9, sound, lambda foa: ("Rain",), each=4)
    assert len(many["rain"].hits["dry"]) == 4
