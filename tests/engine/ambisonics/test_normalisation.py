import numpy as np
import pytest

from engine.ambisonics.encoding import sn3d_gains
from engine.ambisonics.normalisation import ambix_to_fuma, fuma_to_ambix, n3d_to_sn3d, sn3d_to_n3d
from engine.contract.directions import unit_vectors


@pytest.fixture
def field():
    return np.random.default_rng(0).standard_normal((4, 100)).astype(np.float32)


def test_fuma_plane_wave_becomes_an_ambix_plane_wave():
    x, y, z = unit_vectors(0.7, -0.4)
    fuma = np.array([[1 / np.sqrt(2)], [x], [y], [z]])
    np.testing.assert_allclose(fuma_to_ambix(fuma)[:, 0], sn3d_gains([x, y, z]), atol=1e-12)


def test_n3d_plane_wave_becomes_an_ambix_plane_wave():
    x, y, z = unit_vectors(-2.0, 0.3)
    n3d = np.array([[1.0], [np.sqrt(3) * y], [np.sqrt(3) * z], [np.sqrt(3) * x]])
    np.testing.assert_allclose(n3d_to_sn3d(n3d)[:, 0], sn3d_gains([x, y, z]), atol=1e-12)


@pytest.mark.parametrize(("there", "back"), [(fuma_to_ambix, ambix_to_fuma), (sn3d_to_n3d, n3d_to_sn3d)])
def test_there_and_back_is_the_same_and_the_input_is_untouched(field, there, back):
    before = field.copy()
    np.testing.assert_allclose(back(there(field)), field, rtol=1e-6)
    np.testing.assert_allclose(there(back(field)), field, rtol=1e-6)
    np.testing.assert_array_equal(field, before)
    assert there(field).dtype == np.float32


@pytest.mark.parametrize("wrong", [np.zeros((3, 5)), np.zeros(4), np.zeros((4, 5), int)])
def test_anything_but_four_float_channels_is_refused(wrong):
    with pytest.raises(ValueError, match="First-order"):
        fuma_to_ambix(wrong)
