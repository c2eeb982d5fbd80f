"""An Opus file begins where it was recorded: what the coder puts before it is not read."""

from pathlib import Path

import av
import numpy as np
import soundfile

from engine.export.reading.sndfile_source import SndfileSource


def test_an_opus_file_begins_at_its_beginning(tmp_path: Path) -> None:
    click = np.zeros(96_000, np.float32)
    click[1_000] = 0.9
    with av.open(str(tmp_path / "click.opus"), "w", format="ogg") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(click[None], "flt", "mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    source = SndfileSource(tmp_path / "click.opus")
    read = source.read(24_000)[0]
    source.close()
    assert abs(int(np.abs(read).argmax()) - 1_000) <= 4
    whole, _ = soundfile.read(tmp_path / "click.opus", dtype="float32")
    assert np.abs(read[:20_000] - whole[:20_000]).max() < 1e-4
