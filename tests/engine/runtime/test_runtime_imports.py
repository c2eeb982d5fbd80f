import subprocess
import sys

import pytest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("engine.runtime.session.session", ("torch", "PySide6", "sounddevice", "cv2", "av", "scipy")),
        ("engine.runtime.ear.render_worker", ("torch", "PySide6", "cv2", "av", "scipy")),
        ("engine.runtime.generation.worker", ("PySide6", "sounddevice")),
    ],
)
def test_each_process_loads_only_what_it_needs(module, forbidden):
    program = f"import sys, {module}; print([name for name in {forbidden!r} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
