import numpy as np
import pytest
import soundfile

from engine.contract.errors import CancelledError, ExportError, InvalidInputError
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.takes.contents import read_contents
from engine.runtime.takes.export import export_take
from engine.runtime.takes.folder import TakeFolder
from engine.runtime.takes.timeline import SEAM_SAMPLES, TakeVersion
from tests.engine.runtime.takes.take_rig import PATCH, TIME_OF_DAY, Recording, noise

N = 14 * PATCH


@pytest.fixture
def recorded(tmp_path):
    sound = noise(N, 2)
    recording = Recording(tmp_path / "takes")
    recording.play(sound)
    folder = TakeFolder(recording.kept.folder)
    recording.close()
    return sound, folder, read_contents(folder).version()


def test_the_take_to_the_bit_and_the_ears_beside_it(tmp_path, recorded):
    sound, folder, version = recorded
    exported = export_take(folder, version, tmp_path / "out.wav", binaural_out=tmp_path / "ears.wav")
    foa, _ = read_ambix(tmp_path / "out.wav")
    np.testing.assert_array_equal(foa[:, :-SEAM_SAMPLES], sound[:, :-SEAM_SAMPLES])
    assert soundfile.info(tmp_path / "ears.wav").frames == N
    assert (exported.seconds, exported.missing) == (N / 48_000, "")
    for file in (tmp_path / "out.wav", tmp_path / "ears.wav"):
        data = file.read_bytes()
        bext = data.find(b"bext") + 8
        assert int.from_bytes(data[bext + 338 : bext + 346], "little") == TIME_OF_DAY


def test_what_is_missing_is_silent_and_said(tmp_path):
    recording = Recording(tmp_path / "takes")
    recording.seek(96_000)
    recording.play(noise(PATCH))
    folder = TakeFolder(recording.kept.folder)
    recording.close()
    exported = export_take(folder, read_contents(folder).version(), tmp_path / "out.wav")
    foa, _ = read_ambix(tmp_path / "out.wav")
    assert foa.shape == (4, 96_000 + PATCH)
    assert not np.any(foa[:, :96_000])
    assert exported.missing == "0:00 to 0:02 was never recorded and is silent."


def test_nothing_is_left_of_what_was_cancelled_or_impossible(tmp_path, recorded):
    _sound, folder, version = recorded
    outputs = tmp_path / "outputs"
    outputs.mkdir()
    with pytest.raises(CancelledError):
        export_take(folder, version, outputs / "out.wav", cancelled=lambda: True)
    with pytest.raises(ExportError, match="Nothing of this film has been heard"):
        export_take(folder, TakeVersion((), (), 0), outputs / "out.wav")
    with pytest.raises(InvalidInputError, match="same name"):
        export_take(folder, version, outputs / "a.wav", binaural_out=outputs / "a.wav")
    with pytest.raises(ExportError):
        export_take(folder, version, outputs / "a.wav", binaural_out=outputs / "no" / "b.wav")
    folder.sound.unlink()
    with pytest.raises(ExportError, match="cannot be read"):
        export_take(folder, version, outputs / "a.wav")
    assert list(outputs.iterdir()) == []


def test_a_take_can_be_written_from_a_time_of_the_film_on(tmp_path):
    recording = Recording(tmp_path / "takes")
    recording.seek(96_000)
    sound = noise(PATCH)
    recording.play(sound)
    folder = TakeFolder(recording.kept.folder)
    recording.close()
    exported = export_take(folder, read_contents(folder).version(), tmp_path / "out.wav", start_sample=96_000)
    foa, _ = read_ambix(tmp_path / "out.wav")
    np.testing.assert_array_equal(foa[:, SEAM_SAMPLES:-SEAM_SAMPLES], sound[:, SEAM_SAMPLES:-SEAM_SAMPLES])
    assert (exported.seconds, exported.missing) == (PATCH / 48_000, "")
    data = (tmp_path / "out.wav").read_bytes()
    bext = data.find(b"bext") + 8
    assert int.from_bytes(data[bext + 338 : bext + 346], "little") == TIME_OF_DAY + 96_000
