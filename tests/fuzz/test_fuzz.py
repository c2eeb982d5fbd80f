"""A few damaged files for every parser; SWANSPHERE_FUZZ=500 feeds more, and fuzz.py tells how to keep what fails."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fuzz.py")
MUTANTS = int(os.environ.get("SWANSPHERE_FUZZ", "25"))
FAULTS = ("traceback", "hang", "blow-up", "crash")


@pytest.mark.skipif(sys.platform != "linux", reason="limits and measures memory as Linux does")
@pytest.mark.timeout(3600 if MUTANTS > 25 else 120)
def test_no_damaged_file_of_a_user_breaks_a_parser() -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--mutants", str(MUTANTS)], capture_output=True, text=True, check=False
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) >= 12, done.stderr
    assert [line for line in lines if any(line[fault] for fault in FAULTS)] == []
    # Most targets see both: files that are still read, and files that are refused.
    assert sum(line["read"] for line in lines) > MUTANTS
    assert sum(line["refused"] for line in lines) > MUTANTS
