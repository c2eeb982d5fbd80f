"""The process of known sounds: words are answered, sounds are made once, played, and given up at once."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.contract.errors import CancelledError, CheckpointError
from engine.contract.generation import PatchRequest, PatchResult, PatchSource
from engine.contract.known_sounds import KnownAs
from engine.runtime.processes.messages import Failure
from engine.runtime.sounds.auditions import PATCHES, Auditions
from engine.runtime.sounds.messages import Audition, AuditionState, ReadWords, SoundsSetup, WordsRead
from engine.runtime.sounds.process import KnownSoundsProcess


class Noise:
    """A source of noise that takes its time."""

    checkpoint_sha256, runtime = "noise", "test"

    def __init__(self, patch_s: float = 0.0) -> None:
        self._patch_s, self._rng, self.made = patch_s, np.random.default_rng(0), 0

    def reset(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)

    def next_patch(self, request: PatchRequest) -> PatchResult:
        time.sleep(self._patch_s)
        self.made += 1
        return PatchResult(0.01 * self._rng.standard_normal((4, 7_680)).astype(np.float32), {})


class Echo:
    """Reads every text as itself."""

    def read_as(self, text: str) -> tuple[KnownAs, ...]:
        return (KnownAs(text, (text.upper(),), 0.5, True),)


@dataclass(frozen=True)
class NoiseModel:
    patch_s: float = 0.0

    def __call__(self) -> PatchSource:
        return Noise(self.patch_s)


def identity() -> str:
    return "these weights"


def damaged() -> PatchSource:
    raise CheckpointError("The weights are damaged: copy them again.")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., KnownSoundsProcess]]:
    started: list[KnownSoundsProcess] = []

    def make(model: Callable[[], PatchSource] = NoiseModel(), reader: Callable[[], Any] = Echo) -> KnownSoundsProcess:
        started.append(KnownSoundsProcess(SoundsSetup(reader, model, identity, tmp_path / "kept", "null")))
        return started[-1]

    yield make
    for process in started:
        process.close()


def told_until(process: KnownSoundsProcess, is_last: Callable[[Any], bool], within_s: float = 30.0) -> list[Any]:
    told: list[Any] = []
    end = time.monotonic() + within_s
    while not any(is_last(message) for message in told):
        assert time.monotonic() < end, told
        told += process.drain()
        time.sleep(0.01)
    return told


@pytest.mark.slow
def test_words_are_answered_while_a_sound_is_made_and_another_one_replaces_it(start) -> None:
    process = start(NoiseModel(0.1))
    process.play(Audition(1, "a dog"))
    told_until(process, lambda said: isinstance(said, AuditionState) and said.made > 0.0)
    process.read(ReadWords(7, ("a dog", "")))
    told = told_until(process, lambda said: isinstance(said, WordsRead))
    assert [said for said in told if isinstance(said, WordsRead)] == [
        WordsRead(7, ((KnownAs("a dog", ("A DOG",), 0.5, True),), ()))
    ]
    process.play(Audition(2, ""))
    (ended,) = [s for s in told_until(process, lambda s: isinstance(s, AuditionState) and s.has_ended) if s.has_ended]
    assert (ended.number, ended.problem, ended.is_playing) == (1, "", False)


@pytest.mark.slow
def test_a_sound_is_played_to_its_end_and_made_once(start, tmp_path: Path) -> None:
    process = start()
    process.play(Audition(1, "rain", volume=0.0))
    told = told_until(process, lambda said: isinstance(said, AuditionState) and said.has_ended)
    states = [said for said in told if isinstance(said, AuditionState)]
    assert any(said.is_playing for said in states)
    assert states[-1] == AuditionState(1, 1.0, has_ended=True)
    (kept,) = (tmp_path / "kept").iterdir()
    before = kept.read_bytes()
    process.play(Audition(2, "rain"))
    again = told_until(process, lambda said: isinstance(said, AuditionState) and said.is_playing)
    assert not any(0.0 < said.made < 1.0 for said in again)
    assert kept.read_bytes() == before


@pytest.mark.slow
def test_what_cannot_be_loaded_is_a_sentence(start) -> None:
    process = start(damaged)
    process.play(Audition(1, "rain"))
    told = told_until(process, lambda said: isinstance(said, AuditionState) and said.has_ended)
    assert next(said.problem for said in told if said.has_ended) == "The weights are damaged: copy them again."
    other = start(reader=damaged)
    other.read(ReadWords(1, ("rain",)))
    (failure,) = told_until(other, lambda said: isinstance(said, Failure))
    assert failure.fatal


def test_sounds_are_even_and_damaged_ones_are_made_again(tmp_path: Path) -> None:
    source = Noise()
    auditions = Auditions(tmp_path, lambda: source, identity)
    sound = auditions.sound_of("rain", lambda made: None, lambda: False)
    assert sound.shape == (PATCHES * 7_680, 2)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.1, rel=0.01)
    np.testing.assert_array_equal(auditions.sound_of("rain", lambda made: None, lambda: False), sound)
    assert source.made == PATCHES
    (kept,) = tmp_path.iterdir()
    for damage in (b"", b"\x93NUMPY", kept.read_bytes()[:-5], b"\x80\x04."):
        kept.write_bytes(damage)
        np.testing.assert_array_equal(auditions.sound_of("rain", lambda made: None, lambda: False), sound)
    with pytest.raises(CancelledError):
        auditions.sound_of("snow", lambda made: None, lambda: True)
    assert list(tmp_path.iterdir()) == [kept]
