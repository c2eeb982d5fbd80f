import numpy as np
import pytest
import soundfile

from engine.contract.errors import CancelledError, ExportError, InvalidInputError
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.foa_recorder import TakeSpool
from engine.runtime.take_export import export_take

N = 100_000


@pytest.fixture
def spooled(tmp_path):
    noise = (0.1 * np.random.default_rng(2).standard_normal((4, N))).astype(np.float32)
    spool = TakeSpool(tmp_path / "take.f32")
    spool.begin(0)
    spool.write(noise)
    yield noise
    spool.close()


def test_the_take_to_the_bit_and_the_ears_beside_it(tmp_path, spooled):
    export_take(tmp_path / "take.f32", N, None, tmp_path / "out.wav", binaural_out=tmp_path / "ears.wav")
    foa, _ = read_ambix(tmp_path / "out.wav")
    np.testing.assert_array_equal(foa, spooled)
    assert soundfile.info(tmp_path / "ears.wav").frames == N


def test_where_generation_is_the_sound_dips(tmp_path, spooled):
    export_take(tmp_path / "take.f32", N, 48_100, tmp_path / "out.wav")
    foa, _ = read_ambix(tmp_path / "out.wav")
    assert np.max(np.abs(foa[:, 48_099:48_101])) < 0.01
    np.testing.assert_array_equal(foa[:, :47_600], spooled[:, :47_600])
    np.testing.assert_array_equal(foa[:, 48_600:], spooled[:, 48_600:])


def test_nothing_is_left_of_what_was_cancelled_or_impossible(tmp_path, spooled):
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    with pytest.raises(CancelledError):
        export_take(tmp_path / "take.f32", N, None, outputs / "out.wav", cancelled=lambda: True)
    with pytest.raises(ExportError, match="Nothing has been generated"):
        export_take(tmp_path / "take.f32", 0, None, outputs / "out.wav")
    with pytest.raises(InvalidInputError, match="same name"):
        export_take(tmp_path / "take.f32", N, None, outputs / "a.wav", binaural_out=outputs / "a.wav")
    with pytest.raises(ExportError):
        export_take(tmp_path / "take.f32", N, None, outputs / "a.wav", binaural_out=outputs / "no" / "b.wav")
    assert list(outputs.iterdir()) == []
