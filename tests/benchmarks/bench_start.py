"""How long the window takes to appear: from the start of the process to the first paint, and what of it is CPU.

Wall-clock counts for the user, but another program that runs meanwhile is part of it; the CPU time is not disturbed
as much. The first start after a build also compiles: it is not counted.

Use: `python -m tests.benchmarks.bench_start [--starts 5] [--imports 15]`, with a display, under Xvfb, or with
QT_QPA_PLATFORM=offscreen. `--imports N` also lists the N imports that cost most. Prints; asserts nothing about time.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CHILD = """
import json, os, sys, time
from PySide6.QtCore import QEvent, QObject, QTimer
from app.window.main_window import MainWindow

def since_start_s():
    with open("/proc/self/stat") as file:
        ticks = int(file.read().rsplit(")", 1)[1].split()[19])
    return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")

painted = MainWindow.paintEvent
def first(self, event):
    painted(self, event)
    print(json.dumps({"wall_s": since_start_s(), "cpu_s": time.process_time()}), flush=True)
    os._exit(0)
MainWindow.paintEvent = first
sys.argv = ["main.py"]
from app.cli import main
main([])
"""
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| (\s*)(\S+)")


def start(*options: str) -> tuple[dict[str, float], str]:
    """Start the window once and return its times, and what Python said about imports."""
    with tempfile.TemporaryDirectory() as folder:
        own = {name: folder for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        done = subprocess.run(
            [sys.executable, *options, "-c", _CHILD],
            cwd=ROOT,
            env={"QT_QPA_PLATFORM": "offscreen", **os.environ, **own},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def main() -> None:
    """Print the median and every start."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--imports", type=int, default=0)
    arguments = parser.parse_args()
    start()
    times = [start()[0] for _ in range(arguments.starts)]
    for what in ("wall_s", "cpu_s"):
        values = [each[what] for each in times]
        print(f"{what}: median {statistics.median(values):.2f}, " + ", ".join(f"{value:.2f}" for value in values))
    if arguments.imports:
        _, told = start("-X", "importtime")
        found = [(int(own), name) for own, _, _, name in _IMPORT.findall(told)]
        for own_us, name in sorted(found, reverse=True)[: arguments.imports]:
            print(f"{own_us / 1000:7.1f} ms  {name}")


if __name__ == "__main__":
    main()
