"""The wheel, installed into an environment of its own and started outside the checkout."""

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest
import soundfile

from engine.contract.version import VERSION

CHECKOUT = Path(__file__).resolve().parent.parent
NOT_INSTALLED = ("resources/screenshots/",)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(importlib.util.find_spec(name) for name in ("hatchling", "pip")), reason="needs hatchling and pip"
    ),
]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=CHECKOUT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def home(tmp_path_factory, wheel) -> Path:
    """An environment with the wheel in it; what it depends on is borrowed from the environment of the tests."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    (site_packages(folder) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip(folder, "install", "--no-deps", "--no-index", str(wheel))
    return folder


@pytest.fixture
def elsewhere(tmp_path, monkeypatch) -> Path:
    """A folder whose own `app` and `engine` must not be taken for those of SwanSphere."""
    for name in ("app", "engine", "widgets", "swansphere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('this is another project')\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*command: str, cwd: Path | None = None, timeout_s: float = 100.0) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=timeout_s)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(environment: Path, *arguments: str) -> None:
    run(sys.executable, "-m", "pip", "--python", str(program(environment, "python")), "--quiet", *arguments)


def program(environment: Path, name: str) -> Path:
    return environment / ("Scripts" if os.name == "nt" else "bin") / name


def site_packages(environment: Path) -> Path:
    return Path(sysconfig.get_path("purelib", "venv", {"base": str(environment), "platbase": str(environment)}))


def test_the_wheel_claims_one_name_and_has_every_file(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name.split("/")[0] for name in names} == {"swansphere", f"swansphere-{VERSION}.dist-info"}
    assert "swansphere/py.typed" in names
    listed = subprocess.run(
        ["git", "ls-files", "app/*.py", "engine/*.py", "engine/*.css", "engine/*.tsv", "widgets", "resources"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    ours = {name for name in listed.stdout.split() if not name.startswith((*NOT_INSTALLED, "app/installed/"))}
    if listed.returncode == 0:
        assert ours <= {name.removeprefix("swansphere/") for name in names}


def test_the_command_says_its_version(home, elsewhere):
    assert run(str(program(home, "swansphere")), "--version") == f"SwanSphere {VERSION}\n"


def test_a_take_of_the_installed_program_is_a_take_of_the_checkout(home, elsewhere):
    take = ["generate", "--prompt", "a dog barks", "--seconds", "1", "--seed", "5", "--out"]
    run(str(program(home, "swansphere")), *take, "installed.wav")
    run(sys.executable, str(CHECKOUT / "main.py"), *take, "checkout.wav")
    assert soundfile.info("installed.wav").channels == 4
    assert Path("installed.wav").read_bytes() == Path("checkout.wav").read_bytes()


def test_its_child_processes_find_it_too(home, elsewhere, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    run(str(program(home, "swansphere")), "headless", "--seconds", "3", "--out", "out")  # demo film, icons, filters
    assert {"demo.wav", "demo-binaural.wav", "window.png"} <= {file.name for file in Path("out").iterdir()}


def test_it_is_a_library_for_who_imports_it(home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = "import swansphere; from engine.contract.version import VERSION; print(VERSION, swansphere.__version__)"
    assert run(str(program(home, "python")), "-c", lines).split() == [VERSION, VERSION]


def test_nothing_is_left_when_it_is_uninstalled(home, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(home, other, symlinks=True)
    before = {path for path in site_packages(other).rglob("swansphere*") if "__pycache__" not in path.parts}
    assert before
    pip(other, "uninstall", "--yes", "swansphere")
    assert not [path for path in site_packages(other).rglob("*") if path.suffix == ".py" and "swansphere" in str(path)]
    assert not program(other, "swansphere").exists()
