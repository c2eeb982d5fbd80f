"""Probes that can crash or hang (sound server, graphics driver, torch), each run in a child process.

`doctor --probe NAME` prints one line of JSON; `ask` starts it and never waits longer than its limit.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from app.files import this_program


class ProbeError(Exception):
    """A probe gave no answer; the message says why."""


def ask(name: str, timeout_s: float) -> dict[str, object]:
    """Return the answer of a probe; raises ProbeError if it crashed, hung or printed nothing."""
    return run_child([*this_program.command(), "doctor", "--probe", name], timeout_s)


def run_child(command: Sequence[str], timeout_s: float) -> dict[str, object]:
    """Run a command and return the JSON object of its last line.

    Its output goes to files: with a pipe, a grandchild that keeps it open (a sound server) would block the caller.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=this_program.ROOT)
        try:
            status = child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ProbeError(f"no answer within {timeout_s:g} s") from None
        finally:
            child.kill()
            child.wait()
        lines, complaints = (_lines(file) for file in (out, err))
    if status < 0:
        raise ProbeError(f"it crashed (signal {-status})")
    if status != 0:
        raise ProbeError(complaints[-1] if complaints else f"it stopped with status {status}")
    try:
        answer = json.loads(lines[-1])
    except (IndexError, ValueError):
        raise ProbeError("its answer could not be read") from None
    if not isinstance(answer, dict):
        raise ProbeError("its answer could not be read")
    return answer


def _lines(file: IO[bytes]) -> list[str]:
    file.seek(0)
    return [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]


def probe_torch() -> dict[str, object]:
    """Return which devices torch can use, its version, and what was found to compute the model quickest."""
    import torch

    devices = [f"cpu ({torch.get_num_threads()} threads)"]
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            devices.append(f"cuda:{index} {card.name}, {card.total_memory / 2**30:.0f} GB")
    if torch.backends.mps.is_available():
        devices.append("mps (Apple GPU)")
    return {"version": torch.__version__, "devices": devices, "runtime": _runtime()}


def _runtime() -> str:
    """Return in words what computes the model on the CPU."""
    from engine.model.compiled.choice import remembered, this_machine
    from engine.model.compiled.graph import openvino_version

    found = openvino_version()
    if not found:
        return "PyTorch; OpenVINO is not installed"
    choice = remembered(this_machine(found))
    return "measured when the model is first loaded" if choice is None else choice.sentence


def probe_sound() -> dict[str, object]:
    """Return the output devices that PortAudio finds, and the default one."""
    import sounddevice

    outputs = [device for device in sounddevice.query_devices() if device["max_output_channels"] >= 2]
    try:
        default = str(sounddevice.query_devices(kind="output")["name"])
    except (sounddevice.PortAudioError, ValueError):
        default = ""
    return {
        "portaudio": sounddevice.get_portaudio_version()[1],
        "outputs": [str(device["name"]) for device in outputs],
        "default": default,
    }


def probe_gl() -> dict[str, object]:
    """Return which OpenGL an offscreen context gets."""
    from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext

    application = QGuiApplication(sys.argv[:1])
    surface, context = QOffscreenSurface(), QOpenGLContext()
    surface.create()
    if not (context.create() and context.makeCurrent(surface)):
        return {"platform": application.platformName(), "renderer": "", "version": ""}
    functions = context.functions()
    answer: dict[str, object] = {
        "platform": application.platformName(),
        "renderer": functions.glGetString(0x1F01),  # GL_RENDERER
        "version": functions.glGetString(0x1F02),  # GL_VERSION
    }
    context.doneCurrent()
    return answer


PROBES = {"torch": probe_torch, "sound": probe_sound, "gl": probe_gl}


def answer(name: str) -> None:
    """Ask here and now, and print the answer."""
    sys.stdout.write("\n" + json.dumps(PROBES[name]()) + "\n")
