"""The doctor's page: it names each problem with what to do, and nothing that hangs or crashes can take it down."""

import ctypes.util
import hashlib
import os
import shutil
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from app.doctor import page as doctor
from app.doctor import probes
from app.doctor.page import run_doctor
from app.doctor.probes import ProbeError, ask, run_child
from app.doctor.system_libraries import SystemLibrary, install_line, missing, read_list
from app.files.resources import RESOURCES

ANSWERS = {
    "torch": {"version": "2.13.0", "devices": ["cpu (2 threads)", "cuda:0 A Card, 24 GB"], "runtime": "PyTorch"},
    "sound": {
        "portaudio": "PortAudio V19, revision 0",
        "outputs": ["Headphones", "Headphones"],
        "default": "Headphones",
    },
    "gl": {"platform": "xcb", "renderer": "A Card", "version": "4.6"},
}


def healthy(name: str, timeout_s: float) -> dict[str, object]:
    return ANSWERS[name]


def unwrapped(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture
def resources(tmp_path, monkeypatch) -> Path:
    """A whole set of resources, as far as the doctor looks, with every system library present."""
    folder = tmp_path / "resources"
    for name in ("checkpoints/xs", "binaural", "demo"):
        (folder / name).mkdir(parents=True)
    save_file({"weight": np.ones(4, np.float32)}, folder / "checkpoints/xs/codec.safetensors")
    save_file({"weight": np.zeros(9, np.float32)}, folder / "checkpoints/xs/generator.safetensors")
    (folder / "binaural" / "set.safetensors").write_bytes(b"filters")
    (folder / "demo" / "scene.mp4").write_bytes(b"film")
    (folder / "system-libraries.txt").write_text("# none\n")
    monkeypatch.setenv("DISPLAY", ":0")
    return folder


def test_a_healthy_machine_has_no_advice(resources, capsys):
    assert run_doctor(resources, healthy) == 0
    page = capsys.readouterr().out
    assert "No problems found." in page
    assert "! " not in page
    assert "cuda:0 A Card" in page
    assert page.count("Headphones") == 2  # the default, and once in the list
    assert len(page.splitlines()) < 45
    assert max(map(len, page.splitlines())) <= 120


def test_it_shows_the_hash_of_both_weight_files(resources, capsys):
    run_doctor(resources, healthy)
    files = [resources / "checkpoints/xs" / name for name in ("codec.safetensors", "generator.safetensors")]
    assert hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest() in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["missing", "cut", "empty"])
def test_broken_weights_are_fatal_and_named(resources, capsys, damage):
    file = resources / "checkpoints/xs/generator.safetensors"
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:-5] if damage == "cut" else b"")
    assert run_doctor(resources, healthy) == 1
    page = unwrapped(capsys.readouterr().out)
    assert str(file) in page
    assert "What to do" in page
    assert "git checkout" in page


def test_a_missing_library_comes_with_the_line_to_type(resources, capsys):
    (resources / "system-libraries.txt").write_text(
        "libc.so.6 libc6 all\nlibnotthere.so.9 libnotthere9 all\nlibnoteither.so.1 libnoteither1 sound\n"
    )
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    assert run_doctor(resources, healthy) == 1
    page = unwrapped(capsys.readouterr().out)
    assert "sudo apt-get install -y --no-install-recommends libnotthere9 libnoteither1" in page


def test_a_missing_sound_library_is_no_reason_to_give_up(resources, capsys):
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    (resources / "system-libraries.txt").write_text("libnotthere.so.9 libnotthere9 sound\n")
    assert run_doctor(resources, healthy) == 0
    assert "libnotthere9" in capsys.readouterr().out


def test_every_probe_may_fail_and_the_page_is_still_whole(resources, capsys):
    def broken(name: str, timeout_s: float) -> dict[str, object]:
        raise ProbeError(f"the {name} probe fell over")

    assert run_doctor(resources, broken) == 1  # without torch nothing works
    page = unwrapped(capsys.readouterr().out)
    for name in ANSWERS:
        assert f"the {name} probe fell over" in page
    assert "Weights xs: codec" in page


def test_no_output_and_no_gl_are_told(resources, capsys):
    answers = ANSWERS | {
        "sound": {"portaudio": "PortAudio", "outputs": [], "default": ""},
        "gl": {"platform": "xcb", "renderer": "", "version": ""},
    }
    assert run_doctor(resources, lambda name, timeout_s: answers[name]) == 0
    page = unwrapped(capsys.readouterr().out)
    assert "connect headphones" in page
    assert "the CPU draws the film" in page


def test_without_a_screen_gl_is_not_asked(resources, monkeypatch, capsys):
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux only")
    monkeypatch.delenv("DISPLAY")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    asked = []
    run_doctor(resources, lambda name, timeout_s: asked.append(name) or ANSWERS[name])
    assert asked == ["torch", "sound"]
    assert "no screen: " in capsys.readouterr().out


def test_packages_beside_the_lock_are_named(resources, capsys):
    (resources.parent / "requirements").mkdir()
    (resources.parent / "requirements" / "app.lock").write_text("# pins\nnumpy==1.0.0 \\\n    --hash=sha256:00\n")
    assert run_doctor(resources, healthy) == 0
    assert "numpy (tested with 1.0.0)" in unwrapped(capsys.readouterr().out)


def test_a_package_that_is_gone_is_fatal(resources, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "a-package-that-nobody-has"))
    assert run_doctor(resources, healthy) == 1
    assert "a-package-that-nobody-has missing" in unwrapped(capsys.readouterr().out)


def test_a_card_that_torch_cannot_use(resources, monkeypatch, capsys):
    answers = ANSWERS | {"torch": {"version": "2.13.0+cpu", "devices": ["cpu (2 threads)"], "runtime": "PyTorch"}}
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/nvidia-smi")
    assert run_doctor(resources, lambda name, timeout_s: answers[name]) == 0
    assert "install the CUDA build" in unwrapped(capsys.readouterr().out)


def test_a_hanging_child_is_ended_in_time():
    before = time.monotonic()
    with pytest.raises(ProbeError, match="no answer within"):
        run_child([sys.executable, "-c", "import time; time.sleep(60)"], 0.5)
    assert time.monotonic() - before < 5.0


def test_a_grandchild_that_keeps_the_output_open_is_not_waited_for():
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)']); print('{}')"
    before = time.monotonic()
    assert run_child([sys.executable, "-c", code], 10.0) == {}
    assert time.monotonic() - before < 2.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import os; os.abort()", "crashed"),
        ("raise OSError('PortAudio library not found')", "PortAudio library not found"),
        ("print('hello')", "could not be read"),
        ("pass", "could not be read"),
        ("print([1])", "could not be read"),
    ],
)
def test_a_child_that_fails_says_why(code, said):
    if "abort" in code and os.name == "nt":
        pytest.skip("signals")
    with pytest.raises(ProbeError, match=said):
        run_child([sys.executable, "-c", code], 20.0)


@pytest.mark.slow
def test_the_real_torch_probe_names_the_cpu():
    answer = ask("torch", 90.0)
    assert str(answer["devices"][0]).startswith("cpu")
    assert answer["runtime"] == "measured when the model is first loaded"


def test_what_computes_the_model_is_said(resources, capsys):
    run_doctor(resources, healthy)
    assert "Model runtime PyTorch" in unwrapped(capsys.readouterr().out)


@pytest.mark.slow
def test_the_runtime_in_words(monkeypatch):
    from engine.model.compiled.choice import RuntimeChoice, remember, this_machine

    version = "engine.model.compiled.graph.openvino_version"
    monkeypatch.setattr(version, lambda: "")
    assert probes._runtime() == "PyTorch; OpenVINO is not installed"
    monkeypatch.setattr(version, lambda: "2026.4")
    remember(RuntimeChoice("openvino", 5.0, 2.0, this_machine("2026.4")))
    assert probes._runtime() == "OpenVINO, 2.5 times as fast as PyTorch here"


@pytest.mark.slow
@pytest.mark.skipif(ctypes.util.find_library("portaudio") is None, reason="no PortAudio here")
def test_the_real_sound_probe_answers():
    answer = ask("sound", 30.0)
    assert str(answer["portaudio"]).startswith("PortAudio")
    assert isinstance(answer["outputs"], list)


def test_the_list_of_libraries_is_well_formed():
    libraries = read_list(RESOURCES / "system-libraries.txt")
    assert {library.needed_by for library in libraries} == {"all", "window", "sound"}
    assert any(library.package == "libportaudio2" for library in libraries)
    assert missing(libraries, lambda soname: True) == ()


def test_a_package_is_named_once_in_the_line():
    two = (SystemLibrary("liba.so.1", "liba", "all"), SystemLibrary("liba-extra.so.1", "liba", "all"))
    assert install_line(two).split().count("liba") == 1
