"""An ambience is two clips of its class at once, except rain; both are as loud together as one is."""

from pathlib import Path

import numpy as np
import pytest

from engine.scenes.options import SceneOptions
from engine.scenes.plan import PlannedSource
from engine.scenes.plan_sampler import PlanSampler
from engine.scenes.rendering import SceneRenderer
from engine.scenes.sound_bank import SoundBank, load_sound_bank
from tests.engine.scenes.small_data import write_sounds


def bank_of(folder: Path, sound_class: str) -> SoundBank:
    data = write_sounds(folder / sound_class)
    table = data / "sounds.tsv"
    table.write_text(table.read_text().replace("rain", sound_class))
    return load_sound_bank(data, folder / f"cache-{sound_class}")


def ambiences(bank: SoundBank, layered: float) -> list[PlannedSource]:
    options = SceneOptions(seconds=2.0, counts=(0.0, 1.0), bed=0.0, room=0.0, change=0.0, layered=layered)
    sampler = PlanSampler(bank, options, None)
    sources = [sampler.draw(seed).sources[0] for seed in range(60)]
    return [source for source in sources if source.sound.kind == "ambience"]


@pytest.mark.parametrize(("sound_class", "share"), [("crowd", 1.0), ("rain", 0.0)])
def test_layers_are_other_recordings_of_the_class(tmp_path: Path, sound_class: str, share: float) -> None:
    found = ambiences(bank_of(tmp_path, sound_class), layered=1.0)
    assert len(found) > 5
    layers = [source.layer for source in found]
    assert sum(layer is not None for layer in layers) == share * len(found)
    for source, layer in zip(found, layers, strict=True):
        if layer is not None:
            assert layer.sound_class == source.sound.sound_class
            assert layer.group != source.sound.group


def test_two_layers_are_as_loud_as_one(tmp_path: Path) -> None:
    bank = bank_of(tmp_path, "crowd")
    options = SceneOptions(
        seconds=2.0, counts=(0.0, 1.0), bed=0.0, room=0.0, moving=0.0, change=0.0, equalised=0.0, tone=0.0
    )

    def level_db(layered: float) -> float:
        sampler = PlanSampler(bank, SceneOptions(**vars(options) | {"layered": layered}), None)
        renderer = SceneRenderer(bank, None, "cpu")
        plans = [plan for plan in map(sampler.draw, range(60)) if plan.sources[0].sound.kind == "ambience"]
        levels = [
            10 * np.log10(float(renderer.render(plan).foa[0].square().mean())) - plan.sources[0].level_db
            for plan in plans
        ]
        return float(np.mean(levels))

    assert level_db(1.0) == pytest.approx(level_db(0.0), abs=0.7)
