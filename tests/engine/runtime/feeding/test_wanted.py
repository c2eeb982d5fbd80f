"""What the feeder expects to be heard next."""

from engine.contract.scene.scene import LoopRange, Scene
from engine.runtime.feeding.wanted import stretches

_LOOP = LoopRange(100_000, 200_000)


def _heard(at: int, ahead: int, *, film_loops: bool) -> list[tuple[int, int]]:
    """Return where each stretch begins, with its margin, and after how many samples."""
    scene = Scene(length_samples=480_000, loop=_LOOP)
    return [(stretch.start, stretch.after) for stretch in stretches(scene, at, ahead, film_loops)]


def test_inside_a_range_that_repeats_its_start_follows() -> None:
    assert _heard(190_000, 50_000, film_loops=False) == [(189_040, 0), (99_040, 10_000)]


def test_behind_the_range_the_film_goes_on_to_its_end() -> None:
    assert _heard(470_000, 50_000, film_loops=False) == [(469_040, 0)]


def test_once_the_film_has_begun_again_the_range_repeats() -> None:
    assert _heard(470_000, 250_000, film_loops=True) == [(469_040, 0), (0, 10_000), (99_040, 210_000)]
