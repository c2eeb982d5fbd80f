"""The benchmarks of the model run; their figures are read by people."""

import pytest

from engine.model.streaming.streamer import load_patch_source
from tests.benchmarks import bench_lanes, gpu


def test_the_gpu_table_runs_small_on_a_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    gpu.main(["--device", "cpu", "--lanes", "1,3"])
    printed = capsys.readouterr().out
    assert "No GPU here" in printed
    rows = [line.split() for line in printed.splitlines() if line.strip()[:1] in ("1", "3")]
    assert [row[0] for row in rows] == ["1", "3"]
    assert all(float(row[-1]) > 0 for row in rows)


def test_rows_end_at_the_limit(capsys: pytest.CaptureFixture[str]) -> None:
    gpu.main(["--device", "cpu", "--lanes", "1", "--limit-s", "0"])
    assert "no row for 1 lanes" in capsys.readouterr().out


def test_the_table_of_lanes(tiny_folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = load_patch_source(tiny_folder)
    monkeypatch.setattr(bench_lanes, "load_patch_source", lambda *_args, **_options: made)
    bench_lanes.main(["--patches", "1"])
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[0] for row in rows if len(row) == 8] == ["1", "2", "4", "8"] * 2
