"""The filter design against a head whose answer is known, and the command."""

import numpy as np
import pytest

from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.hrir import with_mirror_image
from engine.ambisonics.magls import centred, design_filters, filters_of_head, magnitude_least_squares, main
from engine.contract.directions import unit_vectors
from engine.contract.errors import InvalidInputError
from tests.engine.ambisonics.sphere_head import RATE, sphere_head, spiral, write_sofa

pytestmark = pytest.mark.slow  # spaudiopy takes seconds to import


def ears_of(taps, azimuth_deg):
    return np.einsum("c,ecl->el", sn3d_gains(unit_vectors(np.deg2rad(azimuth_deg), 0.0)), taps)


def levels_db(response, low_hz, high_hz, size=2048):
    spectrum = np.abs(np.fft.rfft(response, size, axis=-1)) ** 2
    frequency = np.fft.rfftfreq(size, 1.0 / RATE)
    return 10 * np.log10(spectrum[..., (frequency >= low_hz) & (frequency < high_hz)].mean(axis=-1))


@pytest.fixture(scope="module")
def sphere_filters():
    return design_filters(sphere_head(spiral(300)), source="sphere")


@pytest.mark.slow
def test_low_frequencies_of_the_sphere_are_matched_in_level_and_time(sphere_filters):
    """Far below the cut-off a first-order field carries most of it; the delays of a sphere are not all first order."""
    size, hz = 8192, np.array([100.0, 200.0, 300.0])
    bins = np.round(hz * size / RATE).astype(int)
    for azimuth in (30.0, 60.0, 90.0):
        left, right = np.fft.rfft(ears_of(sphere_filters.taps, azimuth), size)[:, bins]
        target = np.fft.rfft(sphere_head(unit_vectors([np.deg2rad(azimuth)], 0.0)).responses[0], size)[:, bins]
        lead = np.angle(left / right) / (2 * np.pi * hz)
        wanted = np.angle(target[0] / target[1]) / (2 * np.pi * hz)
        np.testing.assert_allclose(lead, wanted, rtol=0.25)
        for near, wanted_near in ((left, target[0]), (right, target[1])):
            difference_db = np.diff(20 * np.log10(np.abs(near / wanted_near)))
            np.testing.assert_allclose(difference_db, 0.0, atol=1.5)


@pytest.mark.slow
def test_high_frequencies_of_the_sphere_keep_their_shadow(sphere_filters):
    for azimuth, least_db in ((30.0, 3.0), (90.0, 6.0)):
        left, right = levels_db(ears_of(sphere_filters.taps, azimuth), 2000.0, 8000.0)
        assert left - right > least_db
        behind = levels_db(ears_of(sphere_filters.taps, -azimuth), 2000.0, 8000.0)
        np.testing.assert_allclose(behind[::-1], [left, right], atol=0.05)


def test_a_diffuse_field_is_as_loud_in_the_ears_as_in_w(sphere_filters):
    vectors = spiral(500)
    ears = np.einsum("mc,ecl->mel", sn3d_gains(vectors), sphere_filters.taps)
    assert 10 * np.log10(np.mean(10 ** (levels_db(ears, 300.0, 6000.0) / 10))) == pytest.approx(0.0, abs=0.2)


@pytest.mark.slow
def test_the_command_makes_filters_that_load_and_the_same_bytes_again(tmp_path):
    write_sofa(tmp_path / "head.sofa", sphere_head(spiral(60)))
    for name in ("a", "b"):
        assert main([str(tmp_path / "head.sofa"), str(tmp_path / f"{name}.safetensors")]) == 0
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert load_filters(tmp_path / "a.safetensors").source == "head"


@pytest.mark.slow
def test_magnitudes_are_fitted_better_than_by_plain_least_squares():
    head = with_mirror_image(centred(sphere_head(spiral(200))))
    gains = sn3d_gains(head.vectors)
    wanted = levels_in_bands(head.responses)

    def error_db(fitted):
        reached = levels_in_bands(np.einsum("mc,ecl->mel", gains, fitted))
        return np.sqrt(np.mean((reached - wanted) ** 2))

    plain = np.einsum("cm,mel->ecl", np.linalg.pinv(gains), head.responses)
    assert error_db(magnitude_least_squares(head)) < 0.5 * error_db(plain)


def levels_in_bands(responses):
    return np.stack([levels_db(responses, 1000.0 * k, 1000.0 * (k + 1)) for k in range(6, 16)], axis=-1)


@pytest.mark.slow
def test_a_dense_cap_does_not_outweigh_the_rest_of_the_sphere():
    """Twice as many directions around the left ear: the filters stay what they are within half a decibel."""
    even, cap = spiral(400), spiral(3000)
    crowded = np.concatenate([even, cap[cap[:, 1] > 0.85]])
    one, other = (design_filters(sphere_head(vectors)).taps for vectors in (even, crowded))
    for azimuth in (0.0, 30.0, 90.0, 150.0):
        for low_hz in (250.0, 1000.0, 4000.0):
            levels = [levels_db(ears_of(taps, azimuth), low_hz, 2 * low_hz) for taps in (one, other)]
            np.testing.assert_allclose(*levels, atol=0.5)


@pytest.mark.slow
@pytest.mark.parametrize("rate_hz", [44_100, 96_000])
def test_the_rate_of_the_file_is_not_heard(rate_hz):
    vectors = spiral(200)
    one = design_filters(sphere_head(vectors)).taps
    other = design_filters(sphere_head(vectors, rate_hz, 256 * rate_hz // RATE)).taps
    for azimuth in (0.0, 90.0):
        for low_hz in (200.0, 1000.0, 5000.0):
            levels = [levels_db(ears_of(taps, azimuth), low_hz, 2 * low_hz) for taps in (one, other)]
            np.testing.assert_allclose(*levels, atol=0.3)


@pytest.mark.slow
def test_the_place_of_the_onset_in_the_file_is_not_heard():
    head = sphere_head(spiral(100))
    late = type(head)(head.vectors, np.pad(head.responses, ((0, 0), (0, 0), (700, 900))), head.rate_hz)
    np.testing.assert_allclose(design_filters(late).taps, design_filters(head).taps, atol=1e-3)


@pytest.mark.parametrize(("vectors", "told"), [(unit_vectors(np.arange(0.0, 6.2, 0.1), 0.0), "cover")])
def test_a_ring_of_directions_is_refused_by_name(tmp_path, vectors, told):
    path = write_sofa(tmp_path / "ring.sofa", sphere_head(vectors))
    with pytest.raises(InvalidInputError, match=rf"ring\.sofa cannot become binaural filters: 62 directions {told}"):
        filters_of_head(path)


def test_a_bad_file_is_one_line_and_leaves_nothing(tmp_path, capsys):
    (tmp_path / "text.sofa").write_text("not HDF5")
    assert main([str(tmp_path / "text.sofa"), str(tmp_path / "out.safetensors")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.safetensors").exists()
