import json

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from app.headless.heard_sound import SoundingStretch, write_heard
from app.headless.report import HeadlessMeasures, Level, measured_field, write_report
from engine.contract.directions import Direction
from engine.contract.errors import ExportError, WorkerError
from engine.contract.telemetry import EngineMetrics, EngineState
from engine.export.ambix_wav import AmbixWriter
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter

RATE = 48_000


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.01, 0.1, (2, round(seconds * RATE))).astype(np.float32)


def silent_gaps(sound: np.ndarray, sizes: tuple[int, ...] = (48_000,)) -> list[tuple[float, float]]:
    """Feed a sound in blocks of these sizes, again and again; what is heard is the sound from first to last sample."""
    stretch, heard, at, turn = SoundingStretch(), [], 0, 0
    while at < sound.shape[1]:
        heard.append(stretch.feed(sound[:, at : at + sizes[turn % len(sizes)]]))
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    sounding = np.flatnonzero(np.any(sound != 0.0, axis=0))
    expected = sound[:, sounding[0] : sounding[-1] + 1] if sounding.size else sound[:, :0]
    np.testing.assert_array_equal(np.concatenate(heard, axis=1), expected)
    assert stretch.waited == (sounding[0] if sounding.size else sound.shape[1])
    return stretch.gaps


def test_a_gap_is_found_where_it_is():
    sound = noise(1.0)
    sound[:, 24_000:24_480] = 0.0
    assert silent_gaps(sound) == [(pytest.approx(0.5), pytest.approx(0.01))]


def test_silence_before_and_after_is_no_gap():
    sound = noise(1.0)
    sound[:, :9_600] = 0.0
    sound[:, -9_600:] = 0.0
    assert silent_gaps(sound) == []


def test_one_quiet_ear_or_a_zero_crossing_is_no_gap():
    sound = noise(1.0)
    sound[0, 10_000:20_000] = 0.0
    sound[:, 30_000:30_100] = 0.0
    assert silent_gaps(sound) == []


def test_no_sound_at_all_has_no_gaps():
    assert silent_gaps(np.zeros((2, 1000), np.float32)) == []


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(300, 2000), st.integers(300, 2000)), min_size=1, max_size=5))
def test_every_gap_is_counted(pieces):
    parts = [np.full((2, 400), 0.5, np.float32)]
    for silent, loud in pieces:
        parts += [np.zeros((2, silent), np.float32), np.full((2, loud), 0.5, np.float32)]
    whole = np.concatenate(parts, axis=1)
    gaps = silent_gaps(whole, (10**6,))
    assert [round(length * RATE) for _, length in gaps] == [silent for silent, _ in pieces]
    assert round(gaps[0][0] * RATE) == 400
    assert silent_gaps(whole, (197, 1_000, 300)) == gaps


def test_length_level_and_direction_of_each_second_of_a_field_are_told(tmp_path):
    x, y, z = Direction(60.0, 0.0).unit_vector()
    mono = 0.1 * np.random.default_rng(1).standard_normal(2 * RATE + 100).astype(np.float32)
    with AmbixWriter(tmp_path / "a.wav") as writer:
        writer.write(np.stack([mono, y * mono, z * mono, x * mono]).astype(np.float32))
    field = measured_field(tmp_path / "a.wav")
    assert field.seconds == 2.0 + 100 / RATE
    assert field.level_dbfs == pytest.approx(-20.0, abs=0.1)
    assert [row["t_s"] for row in field.doa] == [0.0, 1.0]
    assert all(row["azimuth_deg"] == pytest.approx(60.0, abs=0.5) for row in field.doa)
    json.dumps(field.doa)


def test_levels():
    level = Level()
    assert level.dbfs == -200.0
    level.feed(np.full((2, 100), 0.1, np.float32))
    level.feed(np.full((2, 100), -0.1, np.float32))
    assert level.dbfs == pytest.approx(-20.0, abs=0.01)


def test_first_audio_counts_from_the_later_of_film_and_model():
    measures = HeadlessMeasures(film_accepted_s=0.2)
    measures.take(EngineMetrics(EngineState.LOADING), 0.3)
    measures.take(EngineMetrics(EngineState.PRIMING), 4.0)
    assert measures.first_audio_after_ready_s is None
    measures.take(EngineMetrics(EngineState.PLAYING, generated_until_s=0.32, patch_ms=40, realtime_factor=0.3), 4.1)
    measures.take(EngineMetrics(EngineState.PLAYING, generated_until_s=0.9, patch_ms=41, realtime_factor=0.3), 4.4)
    assert measures.first_audio_after_ready_s == pytest.approx(0.1)
    assert measures.patch_ms == [40, 41]


def test_a_report_that_cannot_be_written_leaves_nothing(tmp_path):
    write_report(tmp_path / "r.json", {"a": 1})
    assert json.loads((tmp_path / "r.json").read_text()) == {"a": 1}
    with pytest.raises(ExportError):
        write_report(tmp_path / "missing" / "r.json", {})


def test_the_capture_is_cut_to_what_sounds(tmp_path):
    sound = np.concatenate([np.zeros((2, 4800), np.float32), noise(0.5), np.zeros((2, 480), np.float32)], axis=1)
    with WavWriter(tmp_path / "played.wav", SoundLayout(2, 0x3)) as writer:
        writer.write(sound)
    heard = write_heard(tmp_path, tmp_path / "out.wav")
    assert (heard.waited_s, heard.seconds, heard.gaps) == (pytest.approx(0.1), pytest.approx(0.5), [])
    written, _ = soundfile.read(tmp_path / "out.wav", dtype="float32")
    np.testing.assert_array_equal(written.T, noise(0.5))


def test_a_capture_that_is_missing_or_silent_is_a_sentence(tmp_path):
    with pytest.raises(WorkerError):
        write_heard(tmp_path, tmp_path / "out.wav")
    with WavWriter(tmp_path / "played.wav", SoundLayout(2, 0x3)) as writer:
        writer.write(np.zeros((2, 100), np.float32))
    with pytest.raises(ExportError, match="nothing was heard"):
        write_heard(tmp_path, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()
