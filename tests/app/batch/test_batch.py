"""`batch`: a bad row stops nothing, what is done is not done again, and Ctrl+C or a lost worker loses nothing."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.app.batch.lists import ROOT, exports, log, report, run, started, takes, write_list

pytestmark = pytest.mark.slow


def statuses(listed: Path) -> list[str]:
    return [row["status"] for row in report(listed)["rows"]]


def test_rows_are_done_once_and_a_bad_one_stops_nothing(tmp_path: Path) -> None:
    files = takes(tmp_path, 2)
    rows = exports(files)
    gone = {"task": "export", "input": "gone.wav", "out": "gone.amb"}
    listed = write_list(tmp_path / "films.csv", [rows[0], gone, rows[1]])
    status, shown, said = run(listed, "--jobs", "2")
    assert (status, said) == (2, "")
    assert statuses(listed) == ["done", "failed", "done"]
    assert "gone.wav" in report(listed)["rows"][1]["sentence"]
    assert len(shown.splitlines()) == 4
    assert not (tmp_path / "gone.amb").exists()

    (tmp_path / "out 1.amb").write_bytes(b"damaged")
    assert run(listed)[0] == 2
    assert statuses(listed) == ["skipped", "failed", "done"], "a file that is not what was written is written again"
    assert (tmp_path / "out 1.amb").stat().st_size > 1_000
    assert log(listed, "done") == [1, 3, 3]


def test_ctrl_c_ends_in_order_and_the_next_run_goes_on(tmp_path: Path) -> None:
    listed = write_list(tmp_path / "films.csv", exports(takes(tmp_path, 4) * 4))
    process = started(listed)
    assert process.stdout is not None
    first = process.stdout.readline()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert first.startswith("1/16 row 1 done")
    assert process.returncode == 130
    assert statuses(listed)[0] == "done"
    assert statuses(listed)[-1] != "done"
    assert not list(tmp_path.glob(".swansphere*"))
    assert run(listed)[0] == 0
    assert statuses(listed)[0] == "skipped"
    assert log(listed, "done") == list(range(1, 17))


def test_a_cluster_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    listed = write_list(tmp_path / "films.csv", exports(takes(tmp_path, 1)))
    status, _, said = run(listed, "--cluster", "tcp://127.0.0.1:9")
    assert status == 2
    assert said.splitlines()[-1].startswith("swansphere: There is no Dask scheduler at tcp://127.0.0.1:9")


def test_a_lost_worker_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    listed = write_list(tmp_path / "films.csv", exports(takes(tmp_path, 6)))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    dask = [sys.executable, "-m"]
    local = ["--no-dashboard", "--host", "127.0.0.1"]
    worker = [*dask, "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1", *local]
    scheduler = [*dask, "distributed.cli.dask_scheduler", "--port", str(port), *local]
    with contextlib.ExitStack() as stack:
        cluster = []
        for command in (scheduler, worker, worker):
            process = subprocess.Popen(
                command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait, 20)
            stack.callback(process.kill)
            cluster.append(process)
        _wait_for(port)
        running = started(listed, "--cluster", address)
        assert running.stdout is not None
        running.stdout.readline()
        while len(log(listed, "begun")) < 3:  # both workers are at work
            time.sleep(0.05)
        cluster[1].kill()
        running.communicate(timeout=100)
    assert running.returncode == 0
    assert statuses(listed) == ["done"] * 6
    assert log(listed, "done") == [1, 2, 3, 4, 5, 6], "each row took its final name once"
    assert len(log(listed, "begun")) >= 6
    assert not list(tmp_path.glob(".swansphere*"))


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError
