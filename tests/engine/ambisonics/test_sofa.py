import os

import h5py
import numpy as np
import pytest

from engine.ambisonics.sofa import READ_SAMPLES, read_sofa
from engine.contract.directions import unit_vectors
from engine.contract.errors import EngineError
from tests.engine.ambisonics.sphere_head import RATE, sphere_head, spiral, write_sofa


@pytest.fixture
def head():
    return sphere_head(spiral(40))


@pytest.fixture
def sofa(tmp_path, head):
    return write_sofa(tmp_path / "head.sofa", head)


@pytest.mark.slow
@pytest.mark.parametrize("swap_ears", [False, True])
@pytest.mark.parametrize("storage", [{}, {"compression": "gzip", "shuffle": True, "fletcher32": True}])
def test_the_left_ear_comes_first_however_the_file_keeps_them(tmp_path, head, swap_ears, storage):
    loaded = read_sofa(write_sofa(tmp_path / "head.sofa", head, swap_ears=swap_ears, **storage))
    assert loaded.rate_hz == RATE
    np.testing.assert_allclose(loaded.vectors, head.vectors, atol=1e-9)
    np.testing.assert_allclose(loaded.responses, head.responses / np.abs(head.responses).max())


def test_cartesian_positions_are_read(sofa, head):
    with h5py.File(sofa, "a") as file:
        file["SourcePosition"][:] = 1.4 * head.vectors
        file["SourcePosition"].attrs["Type"] = "cartesian"
    np.testing.assert_allclose(read_sofa(sofa).vectors, head.vectors, atol=1e-9)


def test_of_several_distances_the_farthest_is_taken(sofa):
    with h5py.File(sofa, "a") as file:
        file["SourcePosition"][:20, 2] = 0.3
    assert len(read_sofa(sofa).vectors) == 20


def test_delays_beside_the_responses_are_part_of_them(sofa, head):
    with h5py.File(sofa, "a") as file:
        file["Data.Delay"] = [[7.0, 2.0]]
    late = read_sofa(sofa).responses * np.abs(head.responses).max()
    np.testing.assert_allclose(late[:, 0, 7:263], head.responses[:, 0], atol=1e-9)
    np.testing.assert_allclose(late[:, 1, 2:258], head.responses[:, 1], atol=1e-9)


def test_a_long_response_is_read_as_far_as_it_is_needed(tmp_path, head):
    long = type(head)(head.vectors, np.pad(head.responses, ((0, 0), (0, 0), (0, 4000))), RATE)
    assert read_sofa(write_sofa(tmp_path / "room.sofa", long)).responses.shape == (40, 2, READ_SAMPLES)


def _replace(name, value):
    def change(file):
        del file[name]
        file[name] = value

    return change


def _link(file):
    del file["Data.IR"]
    file["Data.IR"] = h5py.ExternalLink("other.sofa", "Data.IR")


def _external(file):
    del file["Data.IR"]
    file.create_dataset("Data.IR", (40, 2, 16), "f8", external=[("/etc/passwd", 0, 40 * 2 * 16 * 8)])


def _virtual(file):
    del file["Data.IR"]
    layout = h5py.VirtualLayout((40, 2, 16), "f8")
    layout[:] = h5py.VirtualSource("other.sofa", "Data.IR", (40, 2, 16))
    file.create_virtual_dataset("Data.IR", layout)


def _plug_in(file):
    del file["Data.IR"]
    file.create_dataset("Data.IR", (40, 2, 16), "f8", chunks=(40, 2, 16), compression="lzf")


def _huge(file):
    del file["Data.IR"]
    file.create_dataset("Data.IR", (2**40, 2, 2**20), "f8", chunks=(1, 2, 256))


def _huge_chunk(file):
    del file["Data.IR"]
    file.create_dataset(
        "Data.IR", (40, 2, 256), "f8", chunks=(40, 2, 2**20), maxshape=(40, 2, None), compression="gzip"
    )


def _nan(file):
    file["Data.IR"][3, 1, 5] = np.nan


def _silent(file):
    file["Data.IR"][:] = 0.0


def _convention(file):
    file.attrs["SOFAConventions"] = "SingleRoomSRIR"


def _no_convention(file):
    del file.attrs["SOFAConventions"]


def _endless_convention(file):
    file.attrs["SOFAConventions"] = np.bytes_("x" * 60_000)


def _missing(file):
    del file["SourcePosition"]


def _group(file):
    del file["Data.IR"]
    file.create_group("Data.IR")


def _radians(file):
    file["SourcePosition"][:, 1] = 100.0


def _delays(file):
    file["Data.Delay"] = [[-1.0, 0.0]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_convention, "SingleRoomSRIR"),
        (_no_convention, "names no SOFA convention"),
        (_endless_convention, "names no SOFA convention"),
        (_missing, "holds no SourcePosition"),
        (_group, "holds no Data.IR"),
        (_link, "holds no Data.IR"),
        (_external, "in another file"),
        (_virtual, "in another file"),
        (_plug_in, "an unknown compression"),
        (_huge, "too much"),
        (_huge_chunk, "too much memory"),
        (_nan, "not numbers as Data.IR"),
        (_silent, "only silence"),
        (_radians, "not degrees"),
        (_delays, "delays that no head has"),
        (_replace("Data.IR", np.zeros((40, 3, 16))), "two ears"),
        (_replace("Data.IR", np.zeros((40, 2, 0))), "nothing"),
        (_replace("Data.IR", b"text"), "no plain numbers"),
        (_replace("Data.SamplingRate", [0.0]), "sampling rate"),
        (_replace("Data.SamplingRate", [np.inf]), "not numbers"),
        (_replace("Data.SamplingRate", [44_100.5]), "sampling rate"),
        (_replace("SourcePosition", np.zeros((39, 3))), "one source position"),
        (_replace("SourcePosition", np.zeros((40, 6000))), "too many numbers"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(sofa, change, told):
    with h5py.File(sofa, "a") as file:
        change(file)
    with pytest.raises(EngineError) as refusal:
        read_sofa(sofa)
    sentence = str(refusal.value)
    assert told in sentence
    assert sentence.startswith(str(sofa))
    assert "choose a SOFA file" in sentence
    assert "\n" not in sentence


def test_what_is_no_such_file_is_refused_at_once(tmp_path):
    (tmp_path / "text.sofa").write_text("not HDF5")
    (tmp_path / "cut.sofa").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    (tmp_path / "empty.sofa").touch()
    (tmp_path / "folder.sofa").mkdir()
    os.mkfifo(tmp_path / "pipe.sofa")
    for name in ("text", "cut", "empty", "folder", "pipe", "missing"):
        with pytest.raises(EngineError, match=rf"{name}\.sofa"):
            read_sofa(tmp_path / f"{name}.sofa")


def test_a_source_straight_above_is_neither_left_nor_right(tmp_path):
    head = sphere_head(unit_vectors([0.0, 0.0], [np.pi / 2, 0.0]))
    assert read_sofa(write_sofa(tmp_path / "two.sofa", head)).responses.shape == (2, 2, 256)
