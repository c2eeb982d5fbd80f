"""A stream that a program on this machine sends, as a camera: its pictures say when they were made.

`python -m tests.engine.runtime.live_stream PORT WIDTH HEIGHT FPS` sends until it is ended.
"""

import socket
import sys
import threading
import time

import av
import numpy as np

_FPS = 25
_TICKS_PER_S = 500
_BITS = 16


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def stamped(size_wh: tuple[int, int], at_s: float) -> np.ndarray:
    """Return a picture (H, W, 3) with 16 columns, dark or bright: a time in steps of 2 ms."""
    ticks = int(at_s * _TICKS_PER_S) % (1 << _BITS)
    bits = [(ticks >> bit) & 1 for bit in range(_BITS)]
    width, height = size_wh
    row = np.repeat(np.array([220 if bit else 40 for bit in bits], np.uint8), width // _BITS)
    return np.broadcast_to(row[None, :, None], (height, width, 3)).copy()


def age_s(pixels: np.ndarray, now_s: float) -> float:
    """Return how long ago a picture (H, W, channels) was made."""
    width = pixels.shape[1] // _BITS
    middle = pixels[pixels.shape[0] // 2, width // 2 :: width, :3].mean(axis=1)[:_BITS]
    ticks = sum(1 << bit for bit, level in enumerate(middle) if level > 128)
    return ((int(now_s * _TICKS_PER_S) - ticks) % (1 << _BITS)) / _TICKS_PER_S


class LiveStream:
    """Sends MPEG-TS by UDP from its construction to `stop`; may be started again."""

    def __init__(self, size_wh: tuple[int, int] = (256, 128), fps: int = _FPS, port: int = 0) -> None:
        self.port = port or free_port()
        self.name = f"camera:udp://127.0.0.1:{self.port}"
        self._size, self._fps = size_wh, fps
        self.start()

    def start(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, name="live stream", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join(5.0)

    def _send(self) -> None:
        address = f"udp://127.0.0.1:{self.port}?pkt_size=1316"
        with av.open(address, "w", format="mpegts", options={"flush_packets": "1"}) as container:
            stream = container.add_stream("mpeg2video", rate=self._fps)
            stream.width, stream.height = self._size
            stream.pix_fmt = "yuv420p"
            stream.bit_rate = 8_000_000
            stream.codec_context.gop_size = 12
            stream.codec_context.max_b_frames = 0
            began_s, number = time.monotonic(), 0
            while not self._over.wait(max(0.0, began_s + number / self._fps - time.monotonic())):
                picture = av.VideoFrame.from_ndarray(stamped(self._size, time.monotonic()), format="rgb24")
                picture.pts = number
                for packet in stream.encode(picture):
                    container.mux(packet)
                number += 1


if __name__ == "__main__":
    _port, _width, _height, _rate = (int(value) for value in sys.argv[1:])
    LiveStream((_width, _height), _rate, _port)._thread.join()
