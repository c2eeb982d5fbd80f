import time
from pathlib import Path

import pytest

from app.bridge.scene_bridge import SceneBridge
from app.bridge.session_bridge import SessionBridge
from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.making import BlockProgress, Playhead
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.runtime.making.messages import CandidatesProgress, MakingProgress, NotMade, TakeFinished
from engine.runtime.processes import restarts
from engine.runtime.processes.messages import GO_ON, Failure, SourceReady
from tests.app.fake_maker import FakeMaker

FILM = Path("/films/a.mp4")
RAIN = Recipe.of("rain", 1)


def scene_of(words: Recipe = RAIN) -> Scene:
    block = GeneratedBlock(block_id=1, length_samples=4 * PATCH_SAMPLES, recipe=words)
    return Scene(lanes=(Lane(lane_id=2, name="rain", blocks=(block,)),), next_id=3)


@pytest.fixture
def makers() -> list[FakeMaker]:
    return []


@pytest.fixture
def bridge(qtbot, session):
    made = SessionBridge(lambda: session)
    made.start()
    made.open_film(FILM)
    yield made
    made.close()


@pytest.fixture
def scenes(bridge, makers):
    def make() -> FakeMaker:
        makers.append(FakeMaker())
        return makers[-1]

    made = SceneBridge(bridge, None, make_maker=make)
    yield made
    made.close()


@pytest.fixture
def maker(scenes, makers, qtbot, tmp_path) -> FakeMaker:
    scenes.play_scene(scene_of(), tmp_path)
    qtbot.waitUntil(lambda: bool(makers and makers[0].of("make")))
    return makers[0]


def test_the_process_is_started_for_a_missing_take_only(scenes, makers, qtbot, tmp_path):
    scenes.play_scene(Scene(), tmp_path)
    scenes.play_scene(None, None)
    qtbot.wait(300)
    assert makers == []
    scene = scene_of()
    scenes.play_scene(scene, tmp_path)
    qtbot.waitUntil(lambda: bool(makers and makers[0].of("make")))
    assert makers[0].of("make") == [("make", scene, tmp_path)]


def test_edits_in_quick_succession_are_told_as_one(scenes, maker, qtbot, tmp_path):
    before = len(maker.of("make"))
    for seed in range(20):
        scenes.play_scene(scene_of(Recipe.of("rain", seed)), tmp_path)
    qtbot.waitUntil(lambda: len(maker.of("make")) > before)
    qtbot.wait(300)
    assert [call[1] for call in maker.of("make")[before:]] == [scene_of(Recipe.of("rain", 19))]


def test_it_follows_the_playhead(scenes, maker, bridge, session, qtbot):
    session.position_s = 2.0
    bridge.play()
    qtbot.waitUntil(lambda: ("follow", Playhead(96_000, True)) in maker.calls)
    bridge.pause()
    assert maker.calls[-1] == ("follow", Playhead(96_000, False))


def test_what_the_process_says_becomes_signals(scenes, maker, qtbot):
    progress = MakingProgress(1, (BlockProgress(1, "a", 1, 4),), 1)
    finished = TakeFinished(1, SceneTake("a", RAIN))
    refused = NotMade(1, "no", "")
    told = []
    for signal in (scenes.progress, scenes.take_finished, scenes.not_made):
        signal.connect(told.append)
    maker.said = [progress, finished, refused]
    qtbot.waitUntil(lambda: len(told) == 3)
    assert told == [progress, finished, refused]


def test_what_is_said_of_the_project_before_is_not_taken_for_the_open_one(scenes, maker, qtbot, tmp_path):
    """The process goes on with it until it is told, and blocks of both projects have the same numbers."""
    other = tmp_path / "other.takes"
    told = []
    for signal in (scenes.progress, scenes.take_finished, scenes.not_made):
        signal.connect(told.append)

    def said(folder):
        return [
            MakingProgress(1, (BlockProgress(1, "a", 1, 4),), 1, folder),
            TakeFinished(1, SceneTake("a", RAIN), None, folder),
            NotMade(1, "no", "", None, folder),
        ]

    scenes.play_scene(scene_of(), other)
    maker.said = [*said(tmp_path), *said(other)]
    qtbot.waitUntil(lambda: maker.said == [] and len(told) >= 3)
    qtbot.wait(50)
    assert told == said(other)


def test_candidates_have_the_numbers_that_were_returned(scenes, makers, qtbot, tmp_path):
    scenes.play_scene(Scene(), tmp_path)
    scenes.make_candidates(RAIN, (1,), 4)
    request = scenes.make_candidates(RAIN, (1, 2), 4)
    qtbot.waitUntil(lambda: bool(makers and makers[0].of("candidates")))
    (maker,) = makers
    assert maker.of("candidates") == [("candidates", (1, 2), 4)]
    with qtbot.waitSignal(scenes.candidates) as told:
        maker.said = [CandidatesProgress(maker.request, (), 0.5)]
    assert told.args[0].request == request
    scenes.cancel_candidates(request)
    assert maker.calls[-1] == ("cancel", maker.request)


def test_a_process_that_died_is_told_and_started_again_later_each_time(
    scenes, maker, makers, bridge, qtbot, monkeypatch
):
    monkeypatch.setattr(restarts, "_WAITS_S", (0.2, 0.4))
    told = []
    scenes.not_made.connect(told.append)
    for number, wait_s in enumerate((0.2, 0.4), start=1):
        makers[-1].said = [Failure(f"It stopped. {GO_ON}", "detail", fatal=True)]
        qtbot.waitUntil(lambda: makers[-1].of("close") != [])
        began_s = time.monotonic()
        qtbot.waitUntil(lambda number=number: len(makers) == number + 1 and makers[-1].of("make") != [])
        assert time.monotonic() - began_s > wait_s - 0.15
        assert told == [NotMade(None, "It stopped. The scene plays on, and the process is started again.", "detail")]
        makers[-1].said = [SourceReady("ab", 0.1)]
        qtbot.waitUntil(lambda: len(told) == 2)
        assert told.pop() == NotMade(None, "")
        told.clear()
    makers[-1].said = [Failure("It stopped.", "detail", fatal=True)]
    qtbot.waitUntil(lambda: bool(told))
    assert told == [NotMade(None, "It stopped. Takes are not made any more: restart the engine.", "detail")]
    qtbot.wait(600)
    assert len(makers) == 3
    bridge.restart()
    qtbot.waitUntil(lambda: len(makers) == 4 and makers[3].of("make") != [])


def test_candidates_of_a_process_that_died_are_given_up(scenes, maker, qtbot):
    request = scenes.make_candidates(RAIN, (1, 2), 4)
    told = []
    scenes.not_made.connect(told.append)
    maker.said = [Failure("It stopped.", "detail", fatal=True)]
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told[0] == NotMade(None, "It stopped.", "detail", request)


def test_closing_while_the_process_starts_ends_it(bridge, makers, qtbot, tmp_path):
    def make() -> FakeMaker:
        time.sleep(0.1)
        makers.append(FakeMaker())
        return makers[-1]

    scenes = SceneBridge(bridge, None, make_maker=make)
    scenes.make_candidates(RAIN, (1,), 4)
    scenes.close()
    scenes.close()
    assert [maker.calls for maker in makers] == [[("close",)]]


def test_what_is_made_is_told_without_the_process(scenes, makers, qtbot, tmp_path, monkeypatch):
    made = (BlockProgress(1, "a", 4, 4),)
    monkeypatch.setattr("engine.runtime.making.made.made_blocks", lambda scene, folder: made)
    with qtbot.waitSignal(scenes.progress) as told:
        scenes.play_scene(scene_of(), tmp_path)
    assert told.args[0].blocks == made
    assert makers == []
