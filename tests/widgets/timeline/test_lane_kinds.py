"""The kinds of lanes that are added and changed in the timeline: the film's own sound, and what stays with the head."""

import numpy as np
import pytest

from engine.contract.scene.blocks import FileReference
from engine.contract.scene.edits.whole import set_film
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene, SceneFilm
from tests.engine.contract.scene.scenes import S, one_lane
from tests.widgets.timeline.timelines import Owner
from widgets.timeline.geometry.places import place_text
from widgets.timeline.levels import LevelTrack
from widgets.timeline.selection import Selection

FILM = "/films/beach.mp4"


@pytest.fixture
def owner(qtbot) -> Owner:
    made = Owner(set_film(one_lane(), SceneFilm(FileReference(FILM), 20 * S)).scene)
    qtbot.addWidget(made.view)
    made.view.resize(1000, 320)
    made.view.show()
    return made


def press(owner: Owner, command: str) -> None:
    owner.view.actions_by_name[command].trigger()


def test_the_films_own_sound_becomes_a_lane_once_and_shows_its_level(owner: Owner) -> None:
    press(owner, "film_sound")
    lane = owner.scene.lanes[0]
    assert (lane.kind, lane.name, len(owner.scene.lanes)) == (LaneKind.FILM_SOUND, "Film's own sound", 2)
    assert owner.view.state.selection.lane_id == lane.lane_id
    before = owner.view.area.grab().toImage()
    owner.view.set_track(FILM, LevelTrack(np.full(2_000, 0.5, np.float32), 480))
    assert owner.view.area.grab().toImage() != before
    owner.view.state.select(Selection())
    press(owner, "film_sound")
    assert len(owner.scene.lanes) == 2
    assert owner.view.state.selection.lane_id == lane.lane_id
    press(owner, "lock")
    assert owner.refused == ["The film's own sound turns with the film: it cannot be head-locked."]


def test_without_a_film_there_is_no_sound_to_add(qtbot) -> None:
    owner = Owner(Scene())
    qtbot.addWidget(owner.view)
    press(owner, "film_sound")
    assert owner.refused == ["There is no film: open one, then add its sound."]
    assert owner.scene.lanes == ()


def test_an_empty_lane_is_head_locked_and_turns_with_the_film_again(owner: Owner) -> None:
    press(owner, "add_lane")
    lane_id = owner.view.state.selection.lane_id
    assert lane_id is not None
    press(owner, "lock")
    assert owner.scene.lane(lane_id).kind is LaneKind.HEAD_LOCKED
    assert place_text(owner.scene.lane(lane_id), 0) == "head-locked"
    press(owner, "lock")
    assert owner.scene.lane(lane_id).kind is LaneKind.BED
