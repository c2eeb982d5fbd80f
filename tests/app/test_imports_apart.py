"""The two worlds stay apart; each is looked at in a fresh interpreter."""

import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules_after(imports: list[str]) -> set[str]:
    script = (
        "import importlib, sys\n"
        f"for name in {imports!r}:\n"
        "    importlib.import_module(name)\n"
        "print('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def all_modules(package: str) -> list[str]:
    folder = ROOT / package.replace(".", "/")
    names = [package]
    for entry in pkgutil.iter_modules([str(folder)]):
        inner = f"{package}.{entry.name}"
        names += all_modules(inner) if entry.ispkg else [inner]
    return names


@pytest.mark.slow
def test_the_window_process_never_loads_torch():
    names = [*all_modules("widgets"), *all_modules("engine.contract"), *all_modules("app")]
    loaded = modules_after(names)
    assert "PySide6.QtWidgets" in loaded
    assert not loaded & {"torch", "tokenizers", "spaudiopy", "numba", "scipy.signal"}


@pytest.mark.slow
def test_the_window_appears_before_decoders_and_rules_of_language_are_loaded():
    loaded = modules_after(["app.bootstrap", "app.commands.window", "widgets.film.panorama_view"])
    assert "PySide6.QtWidgets" in loaded
    assert not loaded & {"av", "soundfile", "cv2", "mido", "engine.export.layouts", "engine.words.clauses"}


@pytest.mark.slow
def test_the_window_process_with_its_session_never_loads_torch():
    loaded = modules_after(
        ["app.window.main_window", "app.bootstrap", "engine.runtime.session.session", "engine.video.projection"]
    )
    assert "torch" not in loaded


@pytest.mark.slow
def test_the_engine_never_loads_qt():
    loaded = modules_after(all_modules("engine"))
    assert not {name for name in loaded if name.startswith(("PySide6", "widgets", "app"))}
