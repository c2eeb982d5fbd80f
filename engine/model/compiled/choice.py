"""Which runtime plays the model on this processor: measured once, then remembered.

Both give the same sound up to rounding, but not the same bits. A take that is made again has to be the same take, so
the choice must not change from start to start.
"""

import contextlib
import json
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import torch

from engine.contract.errors import EngineError
from engine.files.data_folder import user_data_folder
from engine.files.staging import make_folder, write_texts

TORCH: Final = "torch"
OPENVINO: Final = "openvino"
_FILE = "model-runtime.json"
_MOST_BYTES = 10_000
_WARM_UPS, _RUNS = 3, 9


@dataclass(frozen=True)
class RuntimeChoice:
    """`name` is TORCH or OPENVINO; the times are those of one flow step and one plan, in milliseconds.

    `machine` says what was measured: another processor or version is measured again.
    """

    name: str
    torch_ms: float
    openvino_ms: float
    machine: str

    @property
    def sentence(self) -> str:
        """The choice in words, for the user."""
        ratio = self.torch_ms / self.openvino_ms
        if self.name == OPENVINO:
            return f"OpenVINO, {ratio:.1f} times as fast as PyTorch here"
        return f"PyTorch, {1.0 / ratio:.1f} times as fast as OpenVINO here"


def this_machine(openvino_version: str) -> str:
    """Return what a choice depends on: the processor and both versions."""
    return f"{platform.machine()} {processor_name()}, torch {torch.__version__}, openvino {openvino_version}"


def choice_file() -> Path:
    """Return the file that remembers the choice."""
    return user_data_folder() / _FILE


def remembered(machine: str | None = None) -> RuntimeChoice | None:
    """Return the choice that was made on a machine (None: any); None if there is none or its file is damaged."""
    try:
        with choice_file().open("rb") as file:
            found = RuntimeChoice(**json.loads(file.read(_MOST_BYTES)))
        fits = found.name in (TORCH, OPENVINO) and found.torch_ms > 0.0 and found.openvino_ms > 0.0
    except (OSError, ValueError, TypeError):
        return None
    return found if fits and machine in (None, found.machine) else None


def remember(choice: RuntimeChoice) -> None:
    """Write a choice down. If the disk refuses, the next start measures again."""
    with contextlib.suppress(EngineError):
        make_folder(choice_file().parent)
        write_texts({choice_file(): json.dumps(asdict(choice)) + "\n"})


def times_ms(*runs: Callable[[], object]) -> list[float]:
    """Return the median time of each of several functions, measured in turns so that all meet the same load."""
    for run in runs * _WARM_UPS:
        run()
    taken: list[list[float]] = [[] for _ in runs]
    for _ in range(_RUNS):
        for run, own in zip(runs, taken, strict=True):
            began = time.perf_counter()
            run()
            own.append(1_000.0 * (time.perf_counter() - began))
    return [statistics.median(own) for own in taken]


def processor_name() -> str:
    """Return the processor's name, or what the system says instead."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor()
