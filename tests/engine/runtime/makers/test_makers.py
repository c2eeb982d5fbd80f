"""Another generator: asked as documented, ended with all it started, and its sound believed only after a check."""

import json
import os
import shlex
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, EngineError, InvalidInputError, MediaError, WorkerError
from engine.contract.scene.blocks import Convention
from engine.export.delivery.marking import take_is_generated
from engine.export.reading.opening import open_source
from engine.runtime.makers.making import make_sound
from engine.runtime.makers.protocol import Maker, MakerRequest, read_line, shown
from engine.runtime.makers.taking import TakenSound
from tests.engine.runtime.makers import odd_maker

PROGRAM = str(Path(odd_maker.__file__))
ASKED = MakerRequest("a dog barks", 0.5, seed=7)


def maker(mode: str, *rest: object, limit_s: float = 60.0) -> Maker:
    return Maker("AMBIT", (sys.executable, PROGRAM, mode, *map(str, rest)), limit_s)


def made(tmp_path: Path, mode: str, *rest: object, **options) -> TakenSound:
    return make_sound(maker(mode, *rest), ASKED, tmp_path / "p.takes", **options)


def files_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def has_ended(pid: int) -> bool:
    give_up_at = time.monotonic() + 5.0
    while is_running(pid) and time.monotonic() < give_up_at:
        time.sleep(0.02)
    return not is_running(pid)


@pytest.mark.slow
def test_the_sound_is_taken_with_its_progress_and_says_who_made_it(tmp_path: Path) -> None:
    said = []
    sound = made(tmp_path, "good", said=said.append)
    assert (sound.samples, sound.convention) == (24_000, Convention.MONO)
    assert files_in(tmp_path / "p.takes") == [sound.file.name]
    assert [line.progress for line in said] == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert said[-1].message == "step 4"
    assert take_is_generated(sound.file)
    assert b"Made by AMBIT." in sound.file.read_bytes()
    assert np.max(np.abs(soundfile.read(sound.file)[0])) == pytest.approx(0.25, abs=1e-3)


@pytest.mark.slow
def test_the_request_is_the_documented_one(tmp_path: Path) -> None:
    film = tmp_path / "film \u72ac.mp4"
    asked = MakerRequest("rain", 0.5, 3, film, 12.5, Direction(90.0, -10.0))
    kept = tmp_path / "request.json"
    make_sound(maker("keep-request", kept), asked, tmp_path / "p.takes")
    request = json.loads(kept.read_text())
    assert request.pop("output").endswith("/sound.wav")
    assert request == {
        "protocol": 1,
        "words": "rain",
        "seconds": 0.5,
        "film": str(film),
        "film_time_s": 12.5,
        "seed": 3,
        "direction": {"azimuth_deg": 90.0, "elevation_deg": -10.0},
        "sample_rate_hz": 48_000,
    }


@pytest.mark.slow
def test_fields_stereo_and_other_rates_are_taken_at_48_khz(tmp_path: Path) -> None:
    field = made(tmp_path, "field")
    assert field.convention is Convention.AMBIX
    source = open_source(field.file)
    assert (source.says, source.channels, source.rate_hz) == ("ambix", 4, 48_000)
    source.close()
    stereo = made(tmp_path, "cd-rate")
    assert stereo.convention is Convention.STEREO
    assert abs(stereo.samples - 24_000) <= 2
    samples, rate_hz = soundfile.read(stereo.file)
    spectrum = np.abs(np.fft.rfft(samples[:, 0]))
    assert rate_hz == 48_000
    assert np.argmax(spectrum) * 48_000 / len(samples) == pytest.approx(440.0, abs=2.0)
    assert made(tmp_path, "short").samples == 12_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("crash", "AMBIT stopped with exit status 1: RuntimeError: CUDA is out of memory."),
        ("killed", "AMBIT was ended by signal 9"),
        ("reports", "AMBIT reports: no weights at /models."),
        ("nothing", "AMBIT ended without a sound"),
        ("outside", "AMBIT ended without a sound"),
        ("link", "AMBIT wrote a link"),
        ("silent", "AMBIT made silence"),
        ("loud", "peak of +28 dBFS"),
        ("nan", "The sound that AMBIT wrote is damaged: it holds values that are not numbers."),
        ("long", "AMBIT wrote 12.0 s of sound: 0.5 s were asked for, and at most 11 s are taken."),
        ("low-rate", "a rate of 4000 Hz"),
        ("three", "AMBIT wrote 3 channels"),
        ("mp3", "a file that is not a WAV"),
        ("huge-header", "its header promises more sound than it holds"),
        ("fills-the-disk", "AMBIT was stopped: it wrote far more than"),
        ("talks", "AMBIT was stopped: it wrote far more than"),
    ],
)
def test_what_is_not_a_usable_sound_is_refused_in_one_sentence_and_leaves_nothing(
    tmp_path: Path, mode: str, sentence: str
) -> None:
    with pytest.raises(EngineError) as caught:
        made(tmp_path, mode, tmp_path)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    assert files_in(tmp_path / "p.takes") == []


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["slow", "stubborn"])
def test_a_cancelled_generator_ends_with_its_children(tmp_path: Path, mode: str) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(CancelledError, match="AMBIT was cancelled; nothing was changed"):
        made(tmp_path, mode, pids, cancelled=lambda: pids.exists() and len(pids.read_text().split()) == 2)
    assert all(has_ended(int(pid)) for pid in pids.read_text().split())
    assert files_in(tmp_path / "p.takes") == []


@pytest.mark.slow
def test_a_time_limit_ends_it_and_children_that_it_leaves_end_with_it(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    with pytest.raises(WorkerError, match="stopped at its time limit of 2 s"):
        make_sound(maker("slow", pids, limit_s=2.0), ASKED, tmp_path / "p.takes")
    assert all(has_ended(int(pid)) for pid in pids.read_text().split())
    made(tmp_path, "leaves-a-child", pids)
    assert has_ended(int(pids.read_text()))


def test_a_command_is_an_argument_list_and_no_shell_reads_it(tmp_path: Path) -> None:
    assert Maker.of("X", "python 'my maker.py' $HOME; rm").command == ("python", "my maker.py", "$HOME;", "rm")
    with pytest.raises(InvalidInputError, match="quotation mark"):
        Maker.of("X", "python 'x")
    with pytest.raises(InvalidInputError, match="has no command"):
        Maker.of("X", " ")
    with pytest.raises(InvalidInputError, match="name of the generator"):
        Maker.of(" ", "python")
    with pytest.raises(InvalidInputError, match="X cannot be started, /no/such: no such file or directory"):
        make_sound(Maker.of("X", "/no/such program"), ASKED, tmp_path)
    command = shlex.join([sys.executable, PROGRAM, "good"])
    assert Maker.of("AMBIT", command).command == maker("good").command


@pytest.mark.parametrize(
    "values", [{"seconds": 0.0}, {"seconds": 1e9}, {"words": " "}, {"words": "a\nb"}, {"seed": -1}]
)
def test_what_no_generator_can_be_asked(values: dict) -> None:
    with pytest.raises(InvalidInputError):
        MakerRequest(**{"words": "x", "seconds": 1.0, **values})


@given(st.binary(max_size=200))
def test_any_line_is_read_or_passed_over(line: bytes) -> None:
    found = read_line(line)
    assert found is None or found.progress is None or 0.0 <= found.progress <= 1.0


@given(st.text(max_size=300))
def test_untrusted_text_is_shown_as_one_short_line(text: str) -> None:
    assert len(shown(text)) <= 160
    assert all(sign.isprintable() for sign in shown(text))


def test_odd_progress_is_no_progress() -> None:
    for text in (b'{"progress": true}', b'{"progress": NaN}', b'{"progress": "1"}', b'{"progress": 1e999}'):
        assert read_line(text).progress is None
    assert read_line(b'{"progress": 7}').progress == 1.0
    assert read_line(b"[1]") is None


def test_the_disk_is_named_if_the_folder_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError):
        make_sound(maker("good"), ASKED, tmp_path / "file" / "takes")
    assert issubclass(MediaError, EngineError)
    assert os.listdir(tmp_path) == ["file"]
