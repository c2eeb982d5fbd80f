import numpy as np
import pytest

from engine.ambisonics.binaural import MAX_TAPS, BinauralFilters, BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.encoding import encode_point
from engine.ambisonics.stored_filters import save_filters
from engine.contract.directions import unit_vectors
from engine.contract.errors import EngineError, InvalidInputError
from engine.contract.view import ViewOrientation
from tests.engine.ambisonics.sphere_head import RATE, sphere_head, spiral, write_sofa


def some_taps():
    return (0.05 * np.random.default_rng(3).standard_normal((2, 4, 32))).astype(np.float32)


def test_filters_are_frozen_and_travel_through_a_file(tmp_path):
    filters = BinauralFilters(some_taps(), source="a head")
    save_filters(filters, tmp_path / "head.safetensors")
    loaded = load_filters(tmp_path / "head.safetensors")
    np.testing.assert_array_equal(loaded.taps, filters.taps)
    assert (loaded.rate_hz, loaded.source) == (RATE, "a head")
    assert [p.name for p in tmp_path.iterdir()] == ["head.safetensors"]
    with pytest.raises(ValueError, match="read-only"):
        loaded.taps[0, 0, 0] = 1.0


@pytest.mark.parametrize("content", [None, b"", b"RIFF....WAVE", b'\x08\0\0\0\0\0\0\0{"a":1}'])
def test_a_damaged_filter_file_is_one_clear_error(tmp_path, content):
    path = tmp_path / "head.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=r"head\.safetensors"):
        load_filters(path)


def test_filters_of_another_rate_or_shape_or_with_nan_are_refused(tmp_path):
    save_filters(BinauralFilters(np.ones((2, 4, 8), np.float32), 44_100), tmp_path / "cd.safetensors")
    with pytest.raises(InvalidInputError, match="44100"):
        load_filters(tmp_path / "cd.safetensors")
    for wrong in (np.ones((2, 3, 8)), np.ones((2, 4, MAX_TAPS + 1)), np.full((2, 4, 8), np.nan)):
        with pytest.raises(InvalidInputError, match="filters"):
            BinauralFilters(wrong.astype(np.float32))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["head.sofa", "head.SOFA", "renamed.safetensors"])
def test_a_sofa_file_comes_through_the_same_door(tmp_path, name):
    """The head of the file is heard: louder and earlier in the near ear, and the other way round after half a turn."""
    filters = load_filters(write_sofa(tmp_path / name, sphere_head(spiral(80))))
    assert filters.taps.shape == (2, 4, 256)
    assert (filters.rate_hz, filters.source) == (RATE, name.partition(".")[0])
    noise = np.random.default_rng(0).standard_normal(RATE // 2).astype(np.float32)
    foa = encode_point(noise, unit_vectors(np.pi / 2, 0.0))
    for yaw, side in ((0.0, 1), (np.pi, -1)):
        view = ViewOrientation(yaw)
        left, right = np.square(BinauralRenderer(filters, view).process(foa, view)).mean(axis=1)
        assert side * 10 * np.log10(left / right) > 6.0


def test_a_sofa_file_of_another_kind_is_not_taken_for_filters(tmp_path):
    (tmp_path / "head.sofa").write_bytes(b"CDF\x01" + bytes(100))
    with pytest.raises(InvalidInputError, match=r"head\.sofa is not a SOFA file"):
        load_filters(tmp_path / "head.sofa")
