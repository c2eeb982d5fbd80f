import subprocess
import sys

import pytest

FAULTS = """
import resource, sys
import numpy as np
if "keep" in sys.argv:
    from app.bridge.memory import keep_freed_memory
    keep_freed_memory()
def pictures(count):
    for _ in range(count):
        for picture in [np.empty(2_500_000, np.uint8) for _ in range(6)]:
            picture[::4096] = 1
pictures(3)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
pictures(20)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="page faults of glibc")
def test_memory_of_pictures_is_used_again() -> None:
    def faults(*options: str) -> int:
        ran = subprocess.run([sys.executable, "-c", FAULTS, *options], capture_output=True, text=True, check=True)
        return int(ran.stdout)

    assert faults("keep") < 0.1 * faults()
