"""The house: what is tracked, what is pinned, what `make` starts, and that the rooms stay apart."""

import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
LARGEST_BYTES = 16 * 2**20
NOT_OURS = {".git", ".venv", "out", "runs", "__pycache__"}
TEXT = {".py", ".md", ".toml", ".txt", ".sh", ".lock", ".json", ".tsv", ".svg", ".glsl", ".csv", ""}
# Written in pieces, so that this file is not a hit itself.
ONE_MACHINE = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/[a-z]", "/op" + "t/wheels", r"/tmp/[a-z]\w+\.md"])
)
REGISTRY_HOST = re.compile(
    "|".join(["pypi" + r"\.", "pythonhosted" + r"\.", "download" + r"\.pytorch", "debian" + r"\.org"])
)
ROOMS = [
    "app", "widgets", "engine/contract", "engine/files", "engine/words", "engine/ambisonics", "engine/video",
    "engine/model", "engine/runtime", "engine/export", "engine/scenes", "engine/corpus", "engine/annotation",
    "engine/training", "engine/evaluation",
]  # fmt: skip
LOCKS = ("app", "train", "dev")
YAML = sorted(str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / ".github").rglob("*.yml"))
NAME = re.compile(r"[A-Za-z0-9._-]+")


def tracked_files() -> list[Path]:
    """Files under version control, or all files of ours where git cannot say (an archive, somebody else's clone)."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [CHECKOUT / name for name in listed.stdout.split("\0") if name and (CHECKOUT / name).is_file()]
    return [
        file
        for file in CHECKOUT.rglob("*")
        if file.is_file() and not NOT_OURS & set(file.relative_to(CHECKOUT).parts) and not file.suffix == ".pyc"
    ]


def texts() -> list[tuple[Path, str]]:
    files = [file for file in tracked_files() if file.suffix in TEXT and file.stat().st_size < 2**20]
    return [(file.relative_to(CHECKOUT), file.read_text(encoding="utf-8")) for file in files]


def pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\n]+)", (CHECKOUT / "requirements" / lock).read_text(), re.MULTILINE)
    return {name.lower(): pin for name, pin in found}


def test_no_tracked_file_is_too_large():
    assert [file for file in tracked_files() if file.stat().st_size > LARGEST_BYTES] == []


def test_weights_stay_small_in_all():
    weights = [file for file in tracked_files() if file.suffix == ".safetensors"]
    assert sum(file.stat().st_size for file in weights) <= 32 * 2**20


def test_no_pickled_weights_are_tracked():
    assert [file for file in tracked_files() if file.suffix in {".pt", ".pth", ".ckpt", ".pkl", ".bin", ".npy"}] == []


def test_main_is_only_a_door():
    assert len((CHECKOUT / "main.py").read_text().splitlines()) <= 40


def test_engine_package_is_empty():
    assert (CHECKOUT / "engine" / "__init__.py").read_text().strip() == ""


@pytest.mark.parametrize("pattern", [ONE_MACHINE, REGISTRY_HOST], ids=["paths of one machine", "registry hosts"])
def test_nothing_points_at_one_machine(pattern):
    hits = [f"{name}: {found[0]}" for name, text in texts() if (found := pattern.search(text))]
    assert hits == []


@pytest.mark.slow
@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_a_readme(room):
    assert (CHECKOUT / room / "README.md").is_file()


def test_links_of_the_readmes_lead_somewhere():
    broken = []
    for file in tracked_files():
        if file.suffix == ".md":
            for target in re.findall(r"\]\(([^)#\s]+)\)", file.read_text(encoding="utf-8")):
                if "://" not in target and not (file.parent / target).exists():
                    broken.append(f"{file.relative_to(CHECKOUT)}: {target}")
    assert broken == []


@pytest.mark.parametrize(("lock", "extras"), [("app", []), ("train", ["train"]), ("dev", ["train", "dev"])])
def test_each_lock_pins_what_is_required_and_nothing_of_one_build(lock, extras):
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    locked = pins(f"{lock}.lock")
    assert {NAME.match(line)[0].lower() for line in wanted} - {"torch"} <= set(locked)
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", pin) for pin in locked.values())


def test_a_larger_lock_holds_the_smaller_one():
    app, train, dev = (pins(f"{name}.lock").items() for name in ("app", "train", "dev"))
    assert app < train < dev


@pytest.mark.parametrize("lock", ["app", "train", "dev"])
def test_every_pin_has_hashes(lock):
    entries = re.split(r"\n(?=[A-Za-z0-9])", (CHECKOUT / "requirements" / f"{lock}.lock").read_text())
    assert [entry.split()[0] for entry in entries if "==" in entry and "--hash=sha256:" not in entry] == []


def test_torch_is_pinned_apart():
    assert list(pins("torch.txt")) == ["torch"]
    assert "torch" not in pins("dev.lock")


@pytest.mark.parametrize("file", [".pre-commit-config.yaml", *YAML])
def test_what_other_programs_read_is_yaml(file):
    yaml = pytest.importorskip("yaml")
    assert yaml.safe_load((CHECKOUT / file).read_text(encoding="utf-8"))


def test_make_help_names_every_target():
    text = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    parts = {"style", "imports", "types", "packages"}  # of `make check`
    named = set(re.findall(r"^([a-z-]+):[^#\n]*## .", text, re.MULTILINE))
    assert named | parts == set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split())


def test_hosted_ci_calls_what_make_knows():
    text = (CHECKOUT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    called = set(re.findall(r"make ([a-z-]+)", text))
    assert called
    assert called <= set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


# --- setup ---

needs_bash = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the setup script's packages are Linux's")


@pytest.fixture
def small_checkout(tmp_path) -> Path:
    """A folder with the setup script, a lock, an environment that is set up, and a list of libraries."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "resources").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "setup.sh", tmp_path / ".ci")
    (tmp_path / "requirements").mkdir()
    for name, text in {"torch.txt": "torch==9.9.9\n", **{f"{lock}.lock": f"# {lock}\n" for lock in LOCKS}}.items():
        (tmp_path / "requirements" / name).write_text(text)
    (tmp_path / "resources" / "system-libraries.txt").write_text("libc.so.6 libc6 all\n")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (tmp_path / ".venv" / ".installed.lock").write_text("torch==9.9.9\n# app\n")
    return tmp_path


def set_up(
    checkout: Path, *options: str, user: int = 1000, display: str = "", sudo: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run the setup script as a user with this number (0: root); apt-get only writes down what it was asked."""
    programs = checkout / "programs"
    programs.mkdir(exist_ok=True)
    stubs = {"id": f"echo {user}", "apt-get": f'echo "$@" >> "{checkout}/asked.txt"'}
    stubs["sudo"] = 'shift; exec "$@"' if sudo else "exit 1"
    for name, body in stubs.items():
        (programs / name).write_text(f"#!/bin/sh\n{body}\n")
        (programs / name).chmod(0o755)
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "DISPLAY": display, "HOME": str(checkout)}
    return subprocess.run(
        ["bash", ".ci/setup.sh", *options],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
@needs_bash
def test_a_second_setup_does_nothing_and_is_quick(small_checkout):
    before = time.monotonic()
    done = set_up(small_checkout)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - before < 5.0
    assert not (small_checkout / "asked.txt").exists()


@pytest.mark.slow
@needs_bash
@pytest.mark.parametrize(
    ("there", "options", "installs"),
    [
        ("app", ["--train"], "train.lock"),
        ("app", ["--tests"], "dev.lock"),
        ("train", [], ""),
        ("dev", [], ""),
        ("dev", ["--train"], ""),
        ("old", [], "app.lock"),
    ],
)
def test_a_larger_lock_serves_and_a_smaller_one_does_not(small_checkout, there, options, installs):
    programs = small_checkout / ".venv" / "bin"
    (programs / "python").unlink()
    (programs / "python").write_text(
        f'#!/bin/sh\nif [ "$1 $2" = "-m pip" ]; then echo "$@" >> "{small_checkout}/pip.txt"; exit 0; fi\n'
        f'exec "{sys.executable}" "$@"\n'
    )
    (programs / "python").chmod(0o755)
    (small_checkout / ".venv" / ".installed.lock").write_text(f"torch==9.9.9\n# {there}\n")
    assert set_up(small_checkout, *options, user=0).returncode == 0
    asked = small_checkout / "pip.txt"
    asked.touch()
    for _twice in range(2):
        assert set_up(small_checkout, *options, user=0).returncode == 0
        assert [line.split("/")[-1] for line in asked.read_text().splitlines()] == [installs][: bool(installs)]


@needs_bash
def test_a_plain_user_gets_the_line_to_type(small_checkout):
    (small_checkout / "resources" / "system-libraries.txt").write_text(
        "libnotthere.so.9 libnotthere9 all\nlibnotthere-extra.so.9 libnotthere9 all\n"
    )
    done = set_up(small_checkout)
    assert done.returncode == 1
    assert "apt-get install -y --no-install-recommends libnotthere9'" in (done.stdout + done.stderr).splitlines()[-1]
    assert not (small_checkout / "asked.txt").exists()


@pytest.mark.slow
@needs_bash
@pytest.mark.parametrize(("user", "sudo"), [(0, False), (1000, True)], ids=["root", "sudo"])
def test_who_may_install_gets_it_installed(small_checkout, user, sudo):
    (small_checkout / "resources" / "system-libraries.txt").write_text("libnotthere.so.9 libnotthere9 all\n")
    assert set_up(small_checkout, user=user, sudo=sudo).returncode == 0
    asked = (small_checkout / "asked.txt").read_text().splitlines()
    assert asked[0].startswith("update")
    assert asked[1].split()[-1] == "libnotthere9"


@pytest.mark.slow
@needs_bash
def test_without_a_screen_a_library_of_the_window_is_no_reason_to_stop(small_checkout):
    (small_checkout / "resources" / "system-libraries.txt").write_text("libnotthere.so.9 libnotthere9 window\n")
    assert set_up(small_checkout).returncode == 0
    assert set_up(small_checkout, display=":0").returncode == 1


@needs_bash
@pytest.mark.parametrize("script", [".ci/run", ".ci/setup.sh"])
def test_the_scripts_are_executable_and_parse(script):
    assert (CHECKOUT / script).stat().st_mode & 0o100
    assert subprocess.run(["bash", "-n", CHECKOUT / script], check=False).returncode == 0


def test_every_test_file_has_a_name_of_one_file() -> None:
    """pytest imports test files by their name alone: two of one name break every run of all tests."""
    names = [file.name for file in (CHECKOUT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
