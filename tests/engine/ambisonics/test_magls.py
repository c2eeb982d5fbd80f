"""The filter design against a head whose answer is known: a rigid sphere (Duda and Martens, JASA 104, 1998)."""

import numpy as np
import pytest

from engine.ambisonics.binaural import load_filters
from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.hrir import HrirSet, load_sofa, resampled, sphere_shares, with_mirror_image
from engine.ambisonics.magls import design_filters, magnitude_least_squares, main
from engine.contract.directions import unit_vectors
from engine.contract.errors import InvalidInputError

RATE = 48_000
HEAD_RADIUS_M, SOUND_M_S = 0.0875, 343.0


def spiral(count):
    """Evenly spread unit vectors."""
    z = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    return unit_vectors(np.mod(np.arange(count) * 2.399963, 2 * np.pi), np.arcsin(z))


def sphere_head(vectors, rate_hz=RATE, samples=256):
    """Woodworth's delay and a one-pole shadow (Brown and Duda, 1998) at each ear."""
    frequency = np.fft.rfftfreq(samples, 1.0 / rate_hz)
    ear_axis = np.array([[0.0, 1.0, 0.0], [0.0, -1.0, 0.0]])
    angle = np.arccos(np.clip(vectors @ ear_axis.T, -1.0, 1.0))
    unit_s = HEAD_RADIUS_M / SOUND_M_S
    delay_s = 1e-3 + unit_s * np.where(angle < np.pi / 2, -np.cos(angle), angle - np.pi / 2)
    shadow = 1.05 + 0.95 * np.cos(angle * 180.0 / 150.0)
    s = 1j * frequency * np.pi * unit_s
    spectra = (1.0 + shadow[..., None] * s) / (1.0 + s) * np.exp(-2j * np.pi * frequency * delay_s[..., None])
    return HrirSet(vectors, np.fft.irfft(spectra, samples, axis=2), rate_hz)


def ears_of(taps, azimuth_deg):
    return np.einsum("c,ecl->el", sn3d_gains(unit_vectors(np.deg2rad(azimuth_deg), 0.0)), taps)


def levels_db(response, low_hz, high_hz, size=2048):
    spectrum = np.abs(np.fft.rfft(response, size, axis=-1)) ** 2
    frequency = np.fft.rfftfreq(size, 1.0 / RATE)
    return 10 * np.log10(spectrum[..., (frequency >= low_hz) & (frequency < high_hz)].mean(axis=-1))


@pytest.fixture(scope="module")
def sphere_filters():
    return design_filters(sphere_head(spiral(300)), source="sphere")


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


def test_high_frequencies_of_the_sphere_keep_their_shadow(sphere_filters):
    for azimuth, least_db in ((30.0, 3.0), (90.0, 6.0)):
        left, right = levels_db(ears_of(sphere_filters.taps, azimuth), 2000.0, 8000.0)
        assert left - right > least_db
        behind = levels_db(ears_of(sphere_filters.taps, -azimuth), 2000.0, 8000.0)
        np.testing.assert_allclose(behind[::-1], [left, right], atol=0.05)


def test_magnitudes_are_fitted_better_than_by_plain_least_squares():
    head = sphere_head(spiral(200))
    spectra = np.fft.rfft(np.roll(head.responses, -48, axis=2), 1024, axis=2).transpose(2, 0, 1)
    gains, weights = sn3d_gains(head.vectors), sphere_shares(head.vectors)
    high = slice(128, 340)  # 6 to 16 kHz

    def error_db(first_magnitude_bin):
        reached = np.abs(gains @ magnitude_least_squares(spectra, gains, weights, first_magnitude_bin))[high]
        return np.sqrt(np.mean((20 * np.log10((reached + 1e-6) / np.abs(spectra[high]))) ** 2))

    assert error_db(32) < 0.5 * error_db(len(spectra))


def test_a_diffuse_field_is_as_loud_in_the_ears_as_in_w(sphere_filters):
    vectors = spiral(500)
    ears = np.einsum("mc,ecl->mel", sn3d_gains(vectors), sphere_filters.taps)
    assert 10 * np.log10(np.mean(10 ** (levels_db(ears, 300.0, 6000.0) / 10))) == pytest.approx(0.0, abs=0.2)


def test_the_shares_of_even_points_are_even_and_doubled_points_split_theirs():
    vectors = spiral(200)
    shares = sphere_shares(vectors)
    assert shares.sum() == pytest.approx(1.0)
    assert shares.max() / shares.min() < 1.5
    doubled = sphere_shares(np.concatenate([vectors, vectors[:100]]))
    assert doubled[0] == pytest.approx(shares[0] / 2.0)
    assert doubled[150] == pytest.approx(shares[150])


def test_the_mirror_image_swaps_sides_and_ears():
    head = sphere_head(unit_vectors([0.5, 1.0, 2.0], 0.1))
    both = with_mirror_image(head)
    np.testing.assert_allclose(both.vectors[3:], unit_vectors([-0.5, -1.0, -2.0], 0.1))
    np.testing.assert_array_equal(both.responses[3:, 0], head.responses[:, 1])


def test_resampling_keeps_the_spectrum():
    vectors = spiral(20)
    slow, fast = resampled(sphere_head(vectors, 44_100), RATE), sphere_head(vectors, RATE, 280)
    np.testing.assert_allclose(
        levels_db(slow.responses, 200.0, 12_000.0), levels_db(fast.responses, 200.0, 12_000.0), atol=0.1
    )


def write_sofa(path, head, *, convention="SimpleFreeFieldHRIR", swap_ears=False):
    h5py = pytest.importorskip("h5py")
    azimuth = np.rad2deg(np.arctan2(head.vectors[:, 1], head.vectors[:, 0])) % 360.0
    elevation = np.rad2deg(np.arcsin(head.vectors[:, 2]))
    with h5py.File(path, "w") as file:
        file.attrs["SOFAConventions"] = np.bytes_(convention)
        file["Data.IR"] = head.responses[:, ::-1] if swap_ears else head.responses
        file["Data.SamplingRate"] = [float(head.rate_hz)]
        file["SourcePosition"] = np.stack([azimuth, elevation, np.ones(len(azimuth))], axis=1)
        file["SourcePosition"].attrs["Type"] = np.bytes_("spherical")


@pytest.mark.parametrize("swap_ears", [False, True])
def test_a_sofa_file_is_read_with_the_left_ear_first(tmp_path, swap_ears):
    head = sphere_head(spiral(40))
    write_sofa(tmp_path / "head.sofa", head, swap_ears=swap_ears)
    loaded = load_sofa(tmp_path / "head.sofa")
    assert loaded.rate_hz == RATE
    np.testing.assert_allclose(loaded.vectors, head.vectors, atol=1e-9)
    np.testing.assert_allclose(loaded.responses, head.responses)


def test_the_command_makes_filters_that_load_and_the_same_bytes_again(tmp_path):
    write_sofa(tmp_path / "head.sofa", sphere_head(spiral(60)))
    for name in ("a", "b"):
        assert main([str(tmp_path / "head.sofa"), str(tmp_path / f"{name}.safetensors")]) == 0
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()
    assert load_filters(tmp_path / "a.safetensors").source == "head"


def test_bad_sofa_files_are_one_clear_line(tmp_path, capsys):
    write_sofa(tmp_path / "room.sofa", sphere_head(spiral(10)), convention="SingleRoomSRIR")
    (tmp_path / "text.sofa").write_text("not HDF5")
    for name in ("room", "text", "missing"):
        with pytest.raises(InvalidInputError, match=f"{name}.sofa"):
            load_sofa(tmp_path / f"{name}.sofa")
    assert main([str(tmp_path / "text.sofa"), str(tmp_path / "out.safetensors")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.safetensors").exists()
