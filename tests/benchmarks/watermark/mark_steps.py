"""What happens to a field after its export: each step returns the one channel in which a mark is looked for."""

import io
from collections.abc import Callable
from typing import Final

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.ambisonics.rotation import BlockRotator
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.view import FRONT, ViewOrientation
from engine.export.quantising import Quantiser

Field = NDArray[np.float32]
_TURN: Final = ViewOrientation(yaw_rad=1.9, pitch_rad=0.5, roll_rad=-0.3)
_AAC_FRAME: Final = 1024


def quantised(field: Field, bits: int) -> Field:
    """Return a field as whole numbers with dither hold it."""
    whole = Quantiser("pcm24" if bits == 24 else "pcm16", dither=True).whole_numbers(np.ascontiguousarray(field.T))
    return (whole.T / 2.0 ** (bits - 1)).astype(np.float32)


def at_44k(field: Field) -> Field:
    """Return a field that was resampled to 44.1 kHz and back."""
    there = soxr.resample(field.T, SAMPLE_RATE_HZ, 44_100)
    return np.ascontiguousarray(soxr.resample(there, 44_100, SAMPLE_RATE_HZ).T)


def aac(sound: Field, bit_rate: int = 256_000) -> Field:
    """Return a sound of two or four channels that was coded as AAC and decoded, with the delay of the coder."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        layout = "stereo" if sound.shape[0] == 2 else "4.0"
        stream = container.add_stream("aac", rate=SAMPLE_RATE_HZ, layout=layout)
        stream.bit_rate = bit_rate
        for begin in range(0, sound.shape[1], _AAC_FRAME):
            block = np.ascontiguousarray(sound[:, begin : begin + _AAC_FRAME])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout=layout)
            frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, begin
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as decoded:
        return np.concatenate([frame.to_ndarray() for frame in decoded.decode(audio=0)], axis=1)


def ears(field: Field) -> Field:
    """Return what two ears hear of a field (2, n)."""
    return BinauralRenderer(load_filters(), FRONT).process(field, FRONT)


def turned(field: Field) -> Field:
    """Return a field turned about all three axes."""
    return BlockRotator(_TURN).process(field, _TURN)


def _mid(two: Field) -> NDArray[np.float32]:
    mid: NDArray[np.float32] = two[0] + two[1]
    return mid


STEPS: Final[dict[str, Callable[[Field], NDArray[np.float32]]]] = {
    "as it is": lambda field: field[0],
    "24 bits": lambda field: quantised(field, 24)[0],
    "16 bits": lambda field: quantised(field, 16)[0],
    "44.1 kHz": lambda field: at_44k(field)[0],
    "AAC 256 kb/s": lambda field: aac(field)[0],
    "turned": lambda field: turned(field)[0],
    "binaural": lambda field: _mid(ears(field)),
    "turned, binaural": lambda field: _mid(ears(turned(field))),
    "binaural, AAC 256 kb/s": lambda field: _mid(aac(ears(field))),
    "44.1 kHz, 24 bits, AAC 256 kb/s": lambda field: aac(quantised(at_44k(field), 24))[0],
    "from 1.234 s on": lambda field: field[0, 59_232:],
}
"""Name and step."""
