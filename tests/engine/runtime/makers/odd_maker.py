"""A small generator of ours that follows the protocol, or breaks it in the way that its argument names."""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile


def tone(seconds: float, rate_hz: int, channels: int, hz: float = 440.0) -> np.ndarray:
    wave = 0.25 * np.sin(2.0 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)
    return np.tile(wave[:, None], (1, channels)).astype(np.float32)


def main(mode: str, *rest: str) -> int:
    request = json.loads(sys.stdin.readline())
    output, seconds = Path(request["output"]), request["seconds"]
    rate_hz, channels, data = 48_000, 1, None
    print("loading weights")
    for step in range(5):
        print(json.dumps({"progress": step / 4, "message": f"step {step}"}))
    if mode == "keep-request":
        Path(rest[0]).write_text(json.dumps(request))
    elif mode == "slow":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(rest[0]).write_text(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    elif mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        Path(rest[0]).write_text(f"{os.getpid()} {os.getpid()}")
        time.sleep(600)
    elif mode == "leaves-a-child":
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        Path(rest[0]).write_text(str(child.pid))
    elif mode == "crash":
        raise RuntimeError("CUDA is out of memory")
    elif mode == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif mode == "reports":
        print(json.dumps({"error": "no weights at\u0007 /models"}))
        return 0
    elif mode == "nothing":
        return 0
    elif mode == "outside":
        soundfile.write(Path(rest[0]) / "sound.wav", tone(seconds, rate_hz, 1), rate_hz)
        return 0
    elif mode == "link":
        soundfile.write(Path(rest[0]) / "other.wav", tone(seconds, rate_hz, 1), rate_hz)
        output.symlink_to(Path(rest[0]) / "other.wav")
        return 0
    elif mode == "silent":
        data = 0.0 * tone(seconds, rate_hz, 1)
    elif mode == "loud":
        data = 100.0 * tone(seconds, rate_hz, 1)
    elif mode == "nan":
        data = tone(seconds, rate_hz, 1)
        data[1000] = np.nan
    elif mode == "long":
        data = tone(2.0 * seconds + 11.0, rate_hz, 1)
    elif mode == "short":
        data = tone(seconds / 2.0, rate_hz, 1)
    elif mode == "cd-rate":
        rate_hz, channels = 44_100, 2
    elif mode == "low-rate":
        rate_hz = 4_000
    elif mode == "three":
        channels = 3
    elif mode == "field":
        data = tone(seconds, rate_hz, 4) * np.array([1.0, 1.0, 0.0, 0.0], np.float32)
    elif mode == "mp3":
        soundfile.write(output, tone(seconds, rate_hz, 1), rate_hz, format="FLAC")
        return 0
    elif mode == "huge-header":
        body = tone(seconds, rate_hz, 1).astype("<f4").tobytes()
        head = (
            b"RIFF"
            + struct.pack("<I", 0xFFFFFF00)
            + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 3, 1, 48_000, 192_000, 4, 32)
        )
        output.write_bytes(head + b"data" + struct.pack("<I", 0xF0000000) + body)
        return 0
    elif mode == "fills-the-disk":
        with open(output, "wb") as file:
            file.truncate(2**36)  # sparse
        time.sleep(600)
    elif mode == "talks":
        while True:
            sys.stdout.write("x" * 2**20)
    soundfile.write(output, tone(seconds, rate_hz, channels) if data is None else data, rate_hz, "FLOAT", format="WAV")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
