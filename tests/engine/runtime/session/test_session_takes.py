"""Takes of a real session: restarted, looped, left for another film, beside a second window."""

import os
import signal
import threading

import numpy as np
import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError
from engine.contract.telemetry import EngineState
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.takes.store import TakeStore
from engine.runtime.takes.timeline import SEAM_SAMPLES
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film
from tests.fakes import AMPLITUDE, FakeSource

TONE_HZ = 937
STEEPEST = AMPLITUDE * 2 * np.pi * TONE_HZ / 48_000


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return write_film(tmp_path_factory.mktemp("film") / "film.mp4", 1.2)


@pytest.fixture
def player(tmp_path):
    made = Player(tmp_path, FakeSource(patch_s=0.01))
    made.session.set_settings(GenerationSettings(prompt=Prompt(str(TONE_HZ))))
    yield made
    made.close()


def steepest(file) -> float:
    foa, _ = read_ambix(file)
    return float(np.max(np.abs(np.diff(foa[0]))))


@pytest.mark.slow
def test_a_film_that_was_never_played_has_nothing_to_export_and_leaves_nothing(player, film, tmp_path):
    player.session.open_video(film)
    player.until_state(EngineState.PAUSED)
    player.until(lambda: player.metrics.generated_until_s > 0.5)
    assert player.session.take_summary().length_s == 0.0
    with pytest.raises(ExportError, match="play it first"):
        player.session.save_take(tmp_path / "out.wav")
    player.close()
    assert list((tmp_path / "takes").iterdir()) == []


@pytest.mark.slow
def test_a_restart_after_a_killed_child_goes_on_in_the_same_take(player, film, tmp_path):
    session = player.session
    session.open_video(film)
    session.play()
    player.until(lambda: session.position_s > 0.5)
    os.kill(session._parts.generation.process.pid, signal.SIGKILL)
    player.until_state(EngineState.FAILED)
    goes_on, position_s = session.take_to_go_on, session.position_s
    assert TakeStore(tmp_path / "takes").kept() == []  # the session holds it
    session.save_take(tmp_path / "before.wav")
    player.close()
    second = Player(tmp_path, FakeSource(patch_s=0.01))
    second.session.set_settings(GenerationSettings(prompt=Prompt(str(TONE_HZ))))
    second.session.open_video(film, goes_on=goes_on)
    second.session.seek(position_s)
    second.session.play()
    second.until_state(EngineState.ENDED)
    exported = second.session.save_take(tmp_path / "after.wav")
    second.close()
    (take,) = TakeStore(tmp_path / "takes").kept()
    assert take.folder == goes_on.folder
    assert exported.missing == ""
    assert exported.seconds == pytest.approx(1.2, abs=0.001)
    assert steepest(tmp_path / "after.wav") < 1.1 * STEEPEST
    before, after = (read_ambix(tmp_path / f"{name}.wav")[0] for name in ("before", "after"))
    # Where the first export ended, it faded out; on a busy machine it may end a little after the position.
    same = min(before.shape[1], round(position_s * SAMPLE_RATE_HZ)) - SEAM_SAMPLES - 1
    np.testing.assert_array_equal(after[:, :same], before[:, :same])


@pytest.mark.slow
def test_exports_in_a_loop_have_no_step(player, film, tmp_path):
    session = player.session
    session.open_video(film)
    session.set_loop(True)
    session.play()
    player.until(lambda: session.take_summary().length_s > 1.1)
    for k in range(6):
        player.wait(0.17)
        exported = session.save_take(tmp_path / f"{k}.wav")
        assert exported.missing == ""
        assert steepest(tmp_path / f"{k}.wav") < 1.1 * STEEPEST


@pytest.mark.slow
def test_an_export_ends_as_it_began_while_another_film_opens(player, film, tmp_path):
    session = player.session
    session.open_video(film)
    session.play()
    player.until_state(EngineState.ENDED)
    opened, result = threading.Event(), []

    def wait_for_the_other_film(_fraction):
        assert opened.wait(10)

    export = threading.Thread(
        target=lambda: result.append(session.save_take(tmp_path / "a.wav", progress=wait_for_the_other_film))
    )
    export.start()
    other = write_film(tmp_path / "other.mp4", 1.0)
    session.open_video(other)
    session.play()
    player.until_state(EngineState.ENDED)
    opened.set()
    export.join()
    foa, _ = read_ambix(tmp_path / "a.wav")
    assert result[0].seconds == pytest.approx(1.2, abs=0.001)
    assert all(np.max(np.abs(part)) > 0.2 for part in np.array_split(foa[0], 20))


@pytest.mark.slow
def test_two_windows_keep_their_takes_apart(player, film, tmp_path):
    second = Player(tmp_path / "second", FakeSource(patch_s=0.01), takes_dir=tmp_path / "takes")
    try:
        for one in (player, second):
            one.session.open_video(film)
            one.session.play()
        for one in (player, second):
            one.until_state(EngineState.ENDED)
            one.session.save_take(one.folder / "take.wav")
        store = TakeStore(tmp_path / "takes")
        assert store.kept() == store.sweep() == []
        folders = {one.session.take_to_go_on.folder for one in (player, second)}
        assert len(folders) == 2
        for folder in folders:
            with pytest.raises(ExportError, match="in use by another window"):
                store.discard(folder)
    finally:
        second.close()
    assert [take.folder for take in store.kept()] == [*(folders - {player.session.take_to_go_on.folder})]
