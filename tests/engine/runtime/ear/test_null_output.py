import time

import numpy as np
import pytest
import soundfile

from engine.runtime.ear.audio_output import BLOCK_SAMPLES
from engine.runtime.ear.null_output import NullOutput


@pytest.mark.slow
def test_it_asks_at_the_pace_of_the_clock():
    asked = []
    output = NullOutput()
    output.start(lambda out, latency_s: asked.append((time.perf_counter(), latency_s, out.shape)))
    time.sleep(0.5)
    output.stop()
    count = len(asked)
    time.sleep(0.05)
    assert len(asked) == count
    expected = 0.5 * 48_000 / BLOCK_SAMPLES
    assert 0.6 * expected <= count <= 1.3 * expected
    assert {shape for _, _, shape in asked} == {(BLOCK_SAMPLES, 2)}
    assert output.problem == ""


def test_it_writes_what_it_was_given(tmp_path):
    counter = iter(range(10**6))

    def render(out, latency_s):
        out[:] = next(counter) / 1000.0

    output = NullOutput(tmp_path / "played.wav")
    output.start(render)
    time.sleep(0.1)
    output.stop()
    output.stop()
    played, rate_hz = soundfile.read(tmp_path / "played.wav")
    blocks = len(played) // BLOCK_SAMPLES
    assert rate_hz == 48_000
    assert blocks > 2
    np.testing.assert_allclose(played[:, 0], np.repeat(np.arange(blocks) / 1000.0, BLOCK_SAMPLES), atol=1e-6)


@pytest.mark.parametrize("spool", [None, "no-such-folder/played.wav"])
def test_a_fault_is_told_and_not_lost(tmp_path, spool):
    def render(out, latency_s):
        raise RuntimeError("broken on purpose")

    output = NullOutput(tmp_path / spool if spool else None)
    output.start(render)
    time.sleep(0.1)
    output.stop()
    assert ("cannot be written" in output.problem) if spool else ("broken on purpose" in str(output.fault))
