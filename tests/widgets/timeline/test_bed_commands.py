"""Shift+B fills a recording as a bed, with undo; its grains are drawn where they are heard."""

from itertools import pairwise

import numpy as np
import pytest

from engine.contract.scene.bed import BedPlan
from tests.engine.rendering.mix.mixing import SECOND, generated, lane, recording, scene
from tests.widgets.timeline.timelines import Owner
from widgets.timeline.bed_parts import parts_of
from widgets.timeline.levels import LevelTrack
from widgets.timeline.selection import Selection


@pytest.fixture
def owner(qtbot):
    owner = Owner(scene(lane(1, recording(11, 4.0)), lane(2, generated(12, 2.0)), seconds=40.0))
    qtbot.addWidget(owner.view)
    owner.view.resize(900, 300)
    owner.view.show()
    return owner


def press_bed(owner, block_id: int) -> None:
    owner.view.state.select(Selection(frozenset({block_id})))
    owner.view.actions_by_name["bed"].trigger()


def test_the_command_fills_undo_takes_it_back_and_again_plays_it_once(owner):
    before = owner.scene
    assert owner.view.actions_by_name["bed"].shortcut().toString() == "Shift+B"
    press_bed(owner, 11)
    assert owner.scene.block(11).end_sample == 40 * SECOND
    owner.undo()
    assert owner.scene == before
    press_bed(owner, 11)
    press_bed(owner, 11)
    assert owner.scene == before


def test_a_block_of_the_model_is_refused_with_a_sentence(owner):
    press_bed(owner, 12)
    assert "it needs no bed" in owner.refused[-1]


def test_the_grains_are_drawn_over_the_whole_bed(owner):
    """Behind the end of the file the block is as dark with level as before it."""
    press_bed(owner, 11)
    owner.view.set_track("/sound.wav", LevelTrack(np.full(400, 0.9, np.float32), 480))
    owner.view.area.repaint()
    picture = owner.view.area.grab().toImage()
    y = round(owner.at(0, 0).y())
    colours = [picture.pixelColor(round(owner.at(s * SECOND, 0).x()), y).name() for s in (2, 12, 22, 32)]
    assert len(set(colours)) == 1
    assert colours[0] != picture.pixelColor(3, picture.height() - 3).name()


def test_a_part_begins_where_its_grain_does():
    block = recording(11, 30.0, start_sample=SECOND, file_samples=4 * SECOND, bed_seed=5)
    plan = BedPlan(4 * SECOND, 5)
    parts = parts_of(block, 10 * SECOND, 20 * SECOND)
    assert parts[0].start == 10 * SECOND
    assert parts[-1].end == 20 * SECOND
    assert all(a.end == b.start for a, b in pairwise(parts))
    grain = plan.at(9 * SECOND)
    assert SECOND + plan.start(grain) - parts[0].source_start == plan.source(grain)
    assert len(parts_of(block, 0, 24 * 3600 * SECOND)) < 1_100
