"""Every kind of file holds the take, says what it is, and is refused a name if it does not."""

import errno
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.errors import CancelledError, ExportError, InvalidInputError, MediaError
from engine.contract.video import Pose, pose_turn
from engine.export.delivery import deliver as delivering
from engine.export.delivery.deliver import deliver, rejected_name
from engine.export.delivery.marking import take_is_generated
from engine.export.delivery.order import Order
from engine.export.delivery.presets import PRESETS
from engine.export.film.film_writer import FilmPart
from engine.export.film.sphere_boxes import Sphere
from engine.export.layouts import field_layout
from engine.export.reading.ambix_reader import read_ambix
from engine.export.reading.riff import wave_facts
from engine.export.reading.wave_notes import adm_notes, wave_notes
from engine.export.wav_writer import wav_header
from engine.media.container import MediaFile
from tests.engine.export.delivery.takes import RATE, film, take

pytestmark = pytest.mark.slow


@pytest.fixture
def order(tmp_path: Path) -> Order:
    path, _ = take(tmp_path / "take.wav")
    return Order(path, tmp_path / "out.wav", "wav", watermark=False)  # test_marked_delivery.py has the mark


def with_film(order: Order, tmp_path: Path) -> Order:
    return replace(order, film=FilmPart(film(tmp_path / "film.mp4"), Sphere()), film_s=1.2)


def passed(order: Order) -> dict[str, str]:
    return {check.name: check.found for check in deliver(order).checks if check.passed}


@pytest.mark.parametrize(
    ("kind", "name", "coding"),
    [
        ("wav", "a.wav", "pcm16"),
        ("wav", "a.wav", "pcm24"),
        ("wav", "a.wav", "float"),
        ("adm", "a.wav", "pcm24"),
        ("flac", "a.flac", "pcm16"),
        ("amb", "a.amb", "pcm24"),
        ("caf", "a.caf", "pcm24"),
        ("mov", "a.mov", "pcm24"),
        ("mp4", "a.mp4", "aac"),
    ],
)
def test_every_kind_holds_the_field(tmp_path: Path, order: Order, kind: str, name: str, coding: str) -> None:
    wanted = with_film(replace(order, out=tmp_path / "out.wav"), tmp_path)
    wanted = replace(wanted, out=tmp_path / name, kind=kind, coding=coding)  # type: ignore[arg-type]
    done = deliver(wanted)
    back, rate_hz = read_ambix(tmp_path / name)
    field, _ = read_ambix(order.take)
    field = field[:, : done.frames]
    assert rate_hz == RATE
    assert done.frames == (round(1.2 * RATE) if name in ("a.mov", "a.mp4") else round(1.5 * RATE))
    assert done.gain_db == 0.0
    if coding == "aac":
        assert np.corrcoef(back[1, : done.frames], field[1])[0, 1] > 0.97
    else:
        assert np.max(np.abs(back - field)) <= {"pcm16": 1.6 / 2**15, "pcm24": 2.3 / 2**23, "float": 0.0}[coding]
    assert {check.name for check in done.checks} >= {"format", "length", "samples", "loudness", "direction"}


@pytest.mark.parametrize(
    ("name", "rate_hz"), [("b.wav", 44_100), ("b.flac", 48_000), ("b.caf", 96_000), ("b.mp4", 48_000)]
)
def test_binaural_sound_is_louder_on_the_side_of_the_source(
    tmp_path: Path, order: Order, name: str, rate_hz: int
) -> None:
    wanted = replace(with_film(order, tmp_path), out=tmp_path / name, kind="binaural", rate_hz=rate_hz)
    done = deliver(wanted)
    with MediaFile(tmp_path / name) as media:
        assert media.sounds[0].codec_context.channels == 2
        assert media.sounds[0].codec_context.sample_rate == rate_hz
    assert done.frames == round((1.2 if name == "b.mp4" else 1.5) * rate_hz)
    if name != "b.mp4":
        ears, _ = soundfile.read(tmp_path / name)
        left, right = np.sqrt(np.mean(np.square(ears), axis=0))
        assert left > 1.3 * right


def test_six_channels_end_with_the_head_locked_sound(tmp_path: Path, order: Order) -> None:
    music = 0.1 * np.random.default_rng(4).standard_normal((RATE // 2, 2))
    soundfile.write(tmp_path / "music.wav", music, RATE, "FLOAT")
    done = deliver(replace(order, head_locked=tmp_path / "music.wav", coding="float"))
    sound, _ = soundfile.read(tmp_path / "out.wav", always_2d=True)
    assert sound.shape == (done.frames, 6)
    assert np.max(np.abs(sound[: RATE // 2, 4:] - music)) < 1e-6
    assert not sound[RATE // 2 :, 4:].any()
    notes = wave_notes(tmp_path / "out.wav")
    assert notes is not None
    assert notes.functions == ("ACN0-FOA", "ACN1-FOA", "ACN2-FOA", "ACN3-FOA", "LEFT", "RIGHT")


def test_the_time_reference_is_the_time_of_day_of_the_first_sample(tmp_path: Path, order: Order) -> None:
    found = passed(replace(order, time_of_day_s=36_000.0, start_s=2.0, range_s=(0.5, 1.0), rate_hz=44_100))
    assert found["time reference"].startswith(f"{round(36_002.5 * 44_100)} ")
    notes = wave_notes(tmp_path / "out.wav")
    assert notes is not None
    assert notes.ixml_time_reference == notes.time_reference == round(36_002.5 * 44_100)
    assert notes.ixml_description == notes.description


def test_a_wav_with_the_audio_definition_model_names_its_channels(tmp_path: Path, order: Order) -> None:
    found = passed(replace(order, kind="adm", out=tmp_path / 'a "b" & c.wav'))
    assert found["ADM"].startswith("AP_00040001: AT_00040001_01, AT_00040002_01")
    notes = adm_notes(tmp_path / 'a "b" & c.wav')
    assert notes is not None
    assert notes.agrees
    assert notes.packs == ("AP_00040001",) * 4
    data = (tmp_path / 'a "b" & c.wav').read_bytes()
    (tmp_path / "other.wav").write_bytes(data.replace(b"AT_00040002_01</", b"AT_00040003_01</"))
    other = adm_notes(tmp_path / "other.wav")
    assert other is not None
    assert not other.agrees
    with pytest.raises(ExportError, match="cannot hold float"):
        replace(order, kind="adm", coding="float")
    assert wav_header(field_layout("pcm24", adm_name="x"), 1 << 29)[:4] == b"BW64"


def test_a_range_is_that_part_of_the_take(tmp_path: Path, order: Order) -> None:
    field, _ = read_ambix(order.take)
    done = deliver(replace(order, range_s=(0.25, 0.75), coding="float"))
    back, _ = read_ambix(tmp_path / "out.wav")
    assert done.frames == RATE // 2
    assert np.array_equal(back, field[:, RATE // 4 : 3 * RATE // 4])


def test_a_take_that_begins_later_is_preceded_by_silence(tmp_path: Path, order: Order) -> None:
    field, _ = read_ambix(order.take)
    wanted = replace(with_film(order, tmp_path), out=tmp_path / "a.mov", kind="mov", start_s=0.5, coding="float")
    deliver(wanted)
    back, _ = read_ambix(tmp_path / "a.mov")
    assert back.shape[1] == round(1.2 * RATE)
    assert not back[:, : RATE // 2].any()
    assert np.array_equal(back[:, RATE // 2 :], field[:, : round(0.7 * RATE)])


def test_loudness_is_brought_to_the_goal_by_one_gain(tmp_path: Path, order: Order) -> None:
    done = deliver(replace(order, normalise_lufs=-30.0, coding="float"))
    assert done.ears.integrated_lufs == pytest.approx(-30.0, abs=0.01)
    field, _ = read_ambix(order.take)
    back, _ = read_ambix(tmp_path / "out.wav")
    assert np.allclose(back, field * 10 ** (done.gain_db / 20), rtol=1e-5, atol=1e-9)


def test_the_ceiling_comes_first_and_is_told(tmp_path: Path, order: Order) -> None:
    done = deliver(replace(order, normalise_lufs=-5.0, ceiling_dbtp=-3.0))
    assert done.channels.true_peak_dbtp == pytest.approx(-3.0, abs=0.01)
    assert done.ears.integrated_lufs is not None
    assert done.ears.integrated_lufs < -5.0
    assert any("may not exceed -3 dBTP" in notice for notice in done.notices)


@pytest.mark.parametrize(("coding", "lowered"), [("pcm24", True), ("float", False)])
def test_whole_numbers_never_clip(tmp_path: Path, coding: str, lowered: bool) -> None:
    path, _ = take(tmp_path / "loud.wav", level=0.6)
    done = deliver(Order(path, tmp_path / "out.wav", "wav", coding))  # type: ignore[arg-type]
    assert (done.gain_db < 0.0) == lowered
    assert (done.channels.true_peak_dbtp <= -0.99) == lowered


def test_silence_is_delivered(tmp_path: Path, order: Order) -> None:
    take(order.take, level=0.0)
    done = deliver(replace(order, normalise_lufs=-20.0))
    assert done.gain_db == 0.0
    assert any("too quiet" in notice for notice in done.notices)
    wanted = replace(with_film(order, tmp_path), out=tmp_path / "a.mp4", kind="mp4")
    assert deliver(wanted).frames == round(1.2 * RATE)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (lambda block: block[[0, 2, 1, 3]], "samples.*direction"),
        (lambda block: -block, "samples"),
        (lambda block: block[:, :-7], "length"),
        (lambda block: block * np.float32(1.05), "samples.*loudness"),
    ],
)
def test_a_wrong_file_is_kept_apart_and_the_older_one_survives(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch, fault, named: str
) -> None:
    deliver(order)
    before = (tmp_path / "out.wav").read_bytes()
    whole = delivering._counted
    monkeypatch.setattr(
        delivering, "_counted", lambda blocks, advance: (fault(block) for block in whole(blocks, advance))
    )
    with pytest.raises(ExportError, match=rf"did not pass its checks \({named}(?s:.*)kept as out.wav.rejected"):
        deliver(replace(order, coding="pcm16"))
    assert (tmp_path / "out.wav").read_bytes() == before
    facts = wave_facts(tmp_path / "out.wav.rejected")
    assert facts is not None
    assert facts.sample_bytes == 2
    assert sorted(os.listdir(tmp_path)) == ["out.wav", "out.wav.rejected", "take.wav"]


def test_wrong_notes_are_found(tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    right = delivering.field_layout

    def wrong(*given, **more):
        layout = right(*given, **more)
        return replace(layout, channel_mask=0x33, time_reference_samples=7, ixml=layout.ixml.replace("ACN1", "ACN2"))

    monkeypatch.setattr(delivering, "field_layout", wrong)
    with pytest.raises(ExportError, match=r"channel mask: 0x33; time reference: 7(?s:.*)iXML: ACN0-FOA, ACN2-FOA"):
        deliver(order)


def test_another_film_is_found(tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = replace(with_film(order, tmp_path), out=tmp_path / "a.mov", kind="mov")
    right = delivering.write_film
    stereo = Sphere(bounds=replace(Sphere().bounds, top_deg=45.0))
    monkeypatch.setattr(
        delivering, "write_film", lambda out, part, *rest: right(out, replace(part, sphere=stereo), *rest)
    )
    with pytest.raises(ExportError, match="sv3d, st3d: equi"):
        deliver(wanted)


def test_cancelling_leaves_nothing(tmp_path: Path, order: Order) -> None:
    shown: list[float] = []
    for limit in (0.1, 0.5, 0.9):
        with pytest.raises(CancelledError):
            deliver(order, shown.append, lambda limit=limit: bool(shown) and shown[-1] > limit)
        shown.clear()
        assert os.listdir(tmp_path) == ["take.wav"]
    deliver(order, shown.append)
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "mov"}, "suffix of its format"),
        ({"kind": "mp4", "out": Path("a.mp4")}, "needs pictures"),
        ({"kind": "flac", "out": Path("a.flac"), "coding": "float"}, "cannot hold float"),
        ({"rate_hz": 22_050}, "44100, 48000 or 96000"),
        ({"range_s": (2.0, 1.0)}, "ends before it begins"),
        ({"normalise_lufs": 5.0}, "not a usable loudness"),
        ({"ceiling_dbtp": 1.0}, "not a usable ceiling"),
        ({"kind": "amb", "out": Path("a.amb"), "head_locked": Path("m.wav")}, "no room for head-locked"),
    ],
)
def test_what_does_not_go_together_is_refused(order: Order, change, message: str) -> None:
    with pytest.raises((ExportError, InvalidInputError), match=message):
        replace(order, **change)


def test_a_range_that_is_too_long_is_noticed(order: Order) -> None:
    done = deliver(replace(order, range_s=(0.25, 99.0)))
    assert len(done.notices) == 1
    assert done.notices[0].startswith("The take ends at")
    assert deliver(replace(order, range_s=(0.25, 0.75))).notices == ()


def test_a_range_behind_the_take_is_refused(order: Order) -> None:
    with pytest.raises(MediaError, match="choose another range"):
        deliver(replace(order, range_s=(5.0, 6.0)))


def test_every_preset_is_an_order(tmp_path: Path, order: Order) -> None:
    assert set(PRESETS) == {"reaper", "nuendo", "pro-tools", "youtube-360", "quick-binaural"}
    for name, preset in PRESETS.items():
        suffix = ".mov" if preset.kind == "mov" else ".wav"
        wanted = replace(
            with_film(order, tmp_path),
            out=tmp_path / f"{name}{suffix}",
            kind=preset.kind,
            coding=preset.coding,
            rate_hz=preset.rate_hz,
            ceiling_dbtp=preset.ceiling_dbtp,
        )
        assert deliver(wanted).checks


def test_the_name_of_a_rejected_file_is_never_too_long(tmp_path: Path) -> None:
    assert rejected_name(tmp_path / "a.wav").name == "a.wav.rejected"
    for long in ("x" * 251 + ".wav", "日" * 83 + ".mov"):
        name = rejected_name(tmp_path / long).name
        assert len(name.encode()) <= 255
        assert name.endswith(".rejected")


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    tmp_path: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self, packets) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    wanted = replace(with_film(order, tmp_path), out=tmp_path / "a.mov", kind="mov")
    (tmp_path / "a.mov").write_bytes(b"older")
    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr("engine.export.film.film_writer._Track.packets", full)
    with pytest.raises(ExportError, match=r"a\.mov cannot be written: the disk is full"):
        deliver(wanted)
    assert sorted(os.listdir(tmp_path)) == before
    assert (tmp_path / "a.mov").read_bytes() == b"older"


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
@pytest.mark.parametrize(("kind", "name"), [("wav", "a.wav"), ("adm", "a.wav"), ("caf", "a.caf"), ("mov", "a.mov")])
def test_another_program_keeps_the_channels_in_their_order(tmp_path: Path, order: Order, kind: str, name: str) -> None:
    wanted = replace(with_film(order, tmp_path), out=tmp_path / name, kind=kind)  # type: ignore[arg-type]
    done = deliver(wanted)
    made = tmp_path / "by-ffmpeg.wav"
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / name), "-vn", "-c:a", "pcm_f32le", str(made)]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""
    field, _ = read_ambix(order.take)
    back, _ = read_ambix(made, "ambix")
    assert np.max(np.abs(back - field[:, : done.frames])) < 2.5 / 2**23


@pytest.mark.parametrize(
    ("kind", "name"), [("wav", "a.wav"), ("binaural", "a.wav"), ("caf", "a.caf"), ("flac", "a.flac")]
)
def test_only_a_generated_take_is_called_generated(tmp_path: Path, order: Order, kind: str, name: str) -> None:
    """The take of the order was written as generated; a recording with the same sound was not."""
    recording = tmp_path / "recording.wav"
    sound, rate = soundfile.read(order.take)
    soundfile.write(recording, sound, rate, subtype="FLOAT")
    for path, is_generated in ((order.take, True), (recording, False)):
        deliver(replace(order, take=path, out=tmp_path / name, kind=kind))
        assert (b"generated by a machine" in (tmp_path / name).read_bytes()) == is_generated
        assert take_is_generated(tmp_path / name) == is_generated


def test_a_corrected_horizon_turns_the_sound_and_nothing_else(order):
    pose = Pose(yaw_deg=50.0, pitch_deg=-20.0, roll_deg=15.0)
    deliver(replace(order, turned=pose, coding="float"))
    (before, _), (after, _) = read_ambix(order.take), read_ambix(order.out)
    np.testing.assert_allclose(after[0], before[0], atol=1e-6)
    turned = pose_turn(pose) @ before[[3, 1, 2]]
    np.testing.assert_allclose(after[[3, 1, 2]], turned, atol=1e-6)
