"""The preview page: it says what it is given, is written whole or not at all, and spares other people's files."""

import html.parser
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.contract.directions import unit_vectors
from engine.contract.errors import ExportError, InvalidInputError
from engine.evaluation.preview.figures import direction_error_deg, levels_db
from engine.evaluation.preview.folder import PreviewJob, write_preview
from engine.evaluation.preview.page import scene_section
from engine.evaluation.preview.shown import PreviewScene
from engine.evaluation.preview.summary import Summary, summary_section
from engine.scenes.composer import PromptChange, Scene, SceneSource
from tests.engine.corpus.corpus_files import foa

PATCHES = 12
EVIL = "<script>alert('x')</script>\"&"


def scene(azimuth_deg: float = 60.0, label: str = "a dog") -> Scene:
    """A source that stands still and sounds in the first half."""
    path = np.repeat(unit_vectors(np.deg2rad(azimuth_deg), 0.0)[None], PATCHES, axis=0)
    active = np.arange(PATCHES) < PATCHES // 2
    sound = foa(PATCHES * 0.16, azimuth_deg)
    sound[:, sound.shape[1] // 2 :] = 0.0
    schedule = (PromptChange(0, "hold", label), PromptChange(6, "withdraw", "silence"))
    source = SceneSource("dog", label, path, np.full(PATCHES, 2.5), False, active, "dog/bark.wav")
    return Scene(sound, (source,), f"{label} on the left", schedule, "small room")


class Supply:
    def __init__(self, count: int | None, label: str = "a dog") -> None:
        self.count = count
        self.asked: list[int] = []
        self._label = label

    def at(self, number: int) -> PreviewScene:
        self.asked.append(number)
        return PreviewScene(f"Seed {number}", self.scene_at(number), np.zeros((1, 128, 256, 3), np.uint8), "drawn")

    def scene_at(self, number: int) -> Scene:
        return scene(label=self._label)


class Reader(html.parser.HTMLParser):
    """Collects what a browser would: tags and visible text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


def test_a_section_says_all_there_is_of_a_scene() -> None:
    item = PreviewScene("Seed 3", scene(), np.zeros((1, 128, 256, 3), np.uint8), "film")
    read = Reader(scene_section(item, "sounds/a.wav"))
    for words in ("Seed 3", "a dog on the left", "withdraw", "silence", "0.96 s", "60°, 0°, 2.5 m", "50 %", "off",
                  "dog/bark.wav", "room: small room", "of the film itself", "0.0 degrees (median)"):  # fmt: skip
        assert words in read.words, words
    assert read.tags.count("audio") == 1
    assert read.tags.count("img") == 2
    assert read.tags.count("svg") == 6


def test_nothing_that_a_name_says_becomes_part_of_the_page(tmp_path: Path) -> None:
    page = write_preview(PreviewJob(tmp_path / "p", 1, 0, 1), Supply(None, EVIL), EVIL)
    read = Reader(page.read_text())
    assert "script" not in read.tags
    assert EVIL in read.words
    assert "Content-Security-Policy" in page.read_text()


def test_the_page_and_its_sounds(tmp_path: Path) -> None:
    supply = Supply(None)
    page = write_preview(PreviewJob(tmp_path / "p", 2, 5, 3), supply, "Scenes")
    assert supply.asked == [5, 6]
    assert "3 scenes in figures" in page.read_text()
    sound, rate_hz = soundfile.read(tmp_path / "p" / "sounds" / "scene-002.wav")
    assert (sound.shape, rate_hz) == ((round(PATCHES * 0.16 * 48_000), 2), 48_000)
    left, right = np.sqrt(np.mean(sound**2, axis=0))
    assert left > 1.5 * right  # the source is at the left
    assert [p.name for p in tmp_path.iterdir()] == ["p"]


def test_a_store_is_shown_to_its_end_and_no_further(tmp_path: Path) -> None:
    supply = Supply(3)
    write_preview(PreviewJob(tmp_path / "p", 12, 1, 200), supply, "Scenes")
    assert supply.asked == [1, 2]
    with pytest.raises(InvalidInputError, match="There are 3 scenes"):
        write_preview(PreviewJob(tmp_path / "q", 12, 3, 0), supply, "Scenes")


def test_an_earlier_preview_is_replaced_and_other_files_are_spared(tmp_path: Path) -> None:
    out = tmp_path / "p"
    write_preview(PreviewJob(out, 2, 0, 0), Supply(None), "First")
    write_preview(PreviewJob(out, 1, 0, 0), Supply(None), "Second")
    assert sorted(file.name for file in out.rglob("*")) == ["index.html", "scene-001.wav", "sounds"]
    assert "Second" in (out / "index.html").read_text()
    (out / "thesis.doc").write_text("mine")
    with pytest.raises(ExportError, match="holds other files"):
        write_preview(PreviewJob(out, 1, 0, 0), Supply(None), "Third")
    other = tmp_path / "site"
    other.mkdir()
    (other / "index.html").write_text("<p>mine</p>")
    with pytest.raises(ExportError, match="holds other files"):
        write_preview(PreviewJob(other, 1, 0, 0), Supply(None), "Third")
    assert (other / "index.html").read_text() == "<p>mine</p>"


def test_stopping_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "p"
    write_preview(PreviewJob(out, 1, 0, 0), Supply(None), "First")
    heard: list[float] = []

    def stop(done: float) -> None:
        heard.append(done)
        if done > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_preview(PreviewJob(out, 4, 0, 4), Supply(None), "Second", stop)
    assert heard == sorted(heard)
    assert "First" in (out / "index.html").read_text()
    assert [p.name for p in tmp_path.iterdir()] == ["p"]


@pytest.mark.parametrize("numbers", [(0, 0, 0), (201, 0, 0), (1, 0, -1), (1, 0, 100_001)])
def test_numbers_out_of_range_are_told(numbers: tuple[int, int, int]) -> None:
    with pytest.raises(InvalidInputError):
        PreviewJob(Path("p"), *numbers)


def test_the_measured_direction_is_told_apart_from_a_wrong_label() -> None:
    assert direction_error_deg(scene()) < 0.1
    right = scene()
    moved = SceneSource("dog", "dog", scene(100.0).sources[0].path, active=right.sources[0].active)
    assert direction_error_deg(Scene(right.foa, (moved,), "")) == pytest.approx(40.0, abs=0.5)
    assert direction_error_deg(Scene(right.foa, (), "")) is None
    assert direction_error_deg(Scene(0 * right.foa, right.sources, "")) is None


def test_levels_are_those_of_the_channels() -> None:
    tone = np.sqrt(2.0) * np.sin(2 * np.pi * 1_000 * np.arange(7_680) / 48_000)
    levels = levels_db(np.stack([0.1 * tone, 0.01 * tone, 0.0 * tone, tone]).astype(np.float32))
    assert levels[:, 0] == pytest.approx([-20.0, -40.0, -80.0, 0.0], abs=0.05)


def test_a_summary_counts_what_it_is_fed() -> None:
    summary = Summary()
    summary.add(scene(60.0))
    summary.add(scene(-100.0))
    summary.add(Scene(scene().foa, (SceneSource("rain", "rain", None),), "rain"))
    assert summary.classes == {"dog": 2, "rain": 1}
    assert summary.rooms == {"small room": 2, "none": 1}
    assert (summary.around, summary.off_screen, summary.moving) == (1, 2, 0)
    assert summary.changes == {"withdraw": 2}
    assert summary.heard["dog"] == [0.5, 0.5]
    assert np.histogram(summary.azimuths_deg, (-180, 0, 180))[0].tolist() == [PATCHES, PATCHES]
    assert max(summary.errors_deg) < 0.1
    read = Reader(summary_section(summary))
    assert "2 sources with a place (0 of them moving), 1 all around, 2 off screen." in read.words
    assert json.dumps(read.tags).count("svg") >= 9
    Reader(summary_section(Summary()))
