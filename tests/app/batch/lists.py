"""Small takes, and lists of their exports."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from engine.ambisonics.encoding import encode_point
from engine.contract.directions import Direction
from engine.export.ambix_wav import AmbixWriter

ROOT = Path(__file__).resolve().parents[3]


def takes(folder: Path, count: int, seconds: float = 0.5) -> list[Path]:
    """Write takes of a noise, each from another direction."""
    files = [folder / f"take {number}.wav" for number in range(count)]
    for number, file in enumerate(files):
        noise = 0.1 * np.random.default_rng(number).standard_normal(round(48_000 * seconds))
        with AmbixWriter(file) as writer:
            writer.write(encode_point(noise, Direction(30.0 * number, 0.0)).astype(np.float32))
    return files


def write_list(file: Path, rows: list[dict[str, str]]) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with file.open("w", newline="", encoding="utf-8") as text:
        table = csv.DictWriter(text, columns)
        table.writeheader()
        table.writerows(rows)
    return file


def exports(files: list[Path]) -> list[dict[str, str]]:
    return [
        {"task": "export", "input": file.name, "out": f"out {number}.amb", "no_watermark": "yes"}
        for number, file in enumerate(files)
    ]


def started(*words: object) -> subprocess.Popen[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(ROOT / "main.py"), "batch", *map(str, words)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def run(*words: object) -> tuple[int, str, str]:
    process = started(*words)
    out, said = process.communicate(timeout=110)
    return process.returncode, out, said


def report(listed: Path) -> dict:
    return json.loads(listed.with_suffix(".report.json").read_text("utf-8"))


def log(listed: Path, what: str) -> list[int]:
    lines = (listed.with_suffix(".report.rows") / "log.jsonl").read_text("utf-8").splitlines()
    return sorted(line["row"] for line in map(json.loads, lines) if line["what"] == what)
