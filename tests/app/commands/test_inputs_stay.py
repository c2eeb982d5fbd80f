"""No command writes over what it reads: exit 2, one line, and every file is what it was."""

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from app.cli import main
from app.delivery.file_format import FileFormat
from app.delivery.names import NameTemplate
from app.delivery.parts import What
from app.export.choice import ExportChoice, Source
from engine.ambisonics.binaural_file import SHIPPED_FILTERS
from engine.contract.scene.blocks import Convention, FileReference, RecordingBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.scene import Scene
from engine.export.ambix_wav import AmbixWriter
from engine.project.project_file import write_project


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Return a folder with the take and the film that every test gets copies of."""
    folder = tmp_path_factory.mktemp("made")
    with AmbixWriter(folder / "take.wav") as writer:
        writer.write(0.1 * np.random.default_rng(0).standard_normal((4, 9_600)).astype(np.float32))
    with av.open(str(folder / "film.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 64, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return folder


@pytest.fixture
def place(made, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("take.wav", "film.mp4"):
        shutil.copy(made / name, name)
    for name in ("reference", "takes", "out"):
        Path(name).mkdir()
        Path(name, "clip.wav").write_bytes(Path("take.wav").read_bytes())
    Path("path.json").write_text(json.dumps([{"t_s": 0, "azimuth_deg": 90}]))
    Path("labels.json").write_text('{"take.wav": ["rain"]}')
    Path("link.wav").symlink_to("film.mp4")
    os.link("film.mp4", "out/demo-binaural.wav")
    os.link("take.wav", "hard.wav")
    shutil.copy(SHIPPED_FILTERS, "head.safetensors")
    Path("heads").mkdir()
    os.link("head.safetensors", "heads/demo-binaural.wav")
    Path("weights").mkdir()
    Path("weights", "codec.safetensors").write_bytes(b"weights")
    Path("data").mkdir()
    Path("data", "sounds.tsv").write_text("path\tlabel\tclass\tkind\tseconds\tsource\n")
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


CASES = [
    "generate --film film.mp4 --out film.mp4",
    "generate --film film.mp4 --out link.wav",
    "generate --film link.wav --out film.mp4",
    "generate --film film.mp4 --out new.wav --binaural film.mp4",
    "generate --prompt rain --path path.json --out new.wav --report path.json",
    "generate --prompt rain --checkpoint weights --out weights/codec.safetensors",
    "generate --prompt rain --hrtf take.wav --out new.wav --binaural hard.wav",
    "codec take.wav take.wav",
    "codec take.wav hard.wav",
    "annotate labels.wav --labels labels.json --out .",
    "evaluate --generated takes --reference reference --out takes/clip.wav",
    "evaluate --generated takes --reference reference --out new.json --html reference/clip.wav",
    "evaluate --generated takes --reference reference --captions labels.json --out labels.json",
    "evaluate --suite held-out --data data --out data/sounds.tsv",
    "import-vae weights/codec.safetensors --out weights",
    "bench --checkpoint weights --json weights/codec.safetensors",
    "headless --film film.mp4 --seconds 0.3 --out out",
    "headless --hrtf head.safetensors --seconds 0.3 --out heads",
    "scenes preview --data data --out data",
    "render walk.swan --out folder",
    "export take.wav --out hard.wav",
    "export take.wav --film film.mp4 --out film.mp4",
    "export take.wav --head-locked labels.json --out labels.json",
    "train pack --data data --out data",
    "train distil --checkpoint weights --out weights",
]


@pytest.mark.slow
@pytest.mark.parametrize("command", CASES)
def test_nothing_that_is_read_is_written_over(place, command, capsys):
    if command.startswith("render"):  # a recording that lies under the name of the mix
        Path("folder").mkdir()
        os.link("take.wav", "folder/mix.wav")
        block = RecordingBlock(
            block_id=2, file=FileReference(str(place / "take.wav")), file_samples=9_600, length_samples=9_600,
            convention=Convention.AMBIX,
        )  # fmt: skip
        scene = Scene(lanes=(Lane(lane_id=1, name="Take", blocks=(block,)),), next_id=3)
        write_project(Path("walk.swan"), scene)
    if command.startswith("annotate"):
        Path("labels.wav").write_bytes(Path("take.wav").read_bytes())
    if "distil" in command:
        Path("weights", "generator.safetensors").write_bytes(b"weights")
    before = contents(place)
    assert main(command.split()) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "give" in told or "specify" in told
    assert contents(place) == before


def test_an_export_over_the_open_film_is_refused_in_the_window(app, place, qtbot):
    film = place / "film.mp4"
    before = contents(place)
    app.bridge.start()
    app.bridge.open_film(film)
    app.window.show()
    exporting = app.wiring._exporting
    exporting.ask_for_field()
    assert exporting.dialog is not None
    exporting.start(
        ExportChoice(Source("take", "Take", "link"), What(), FileFormat(), NameTemplate("{project}"), place)
    )
    assert "film" in exporting.dialog.status.text()
    assert not exporting.queue.entries
    exporting.dialog.close()
    assert contents(place) == before
