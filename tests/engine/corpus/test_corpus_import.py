"""What an import leaves: sounds that the bank reads, scenes that the store reads, labelled where they sound."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.directions import Direction, angle_between
from engine.corpus.checking import CheckedRow, check_corpus
from engine.corpus.folder import read_corpus
from engine.corpus.frames import SceneFrames
from engine.corpus.importing import ImportCounts, import_corpus
from engine.corpus.labelling import labelled
from engine.corpus.rows import CorpusRow
from engine.corpus.sounds import held_out_side
from engine.corpus.stretches import starts_s
from engine.scenes.sound_bank import load_sound_bank
from engine.scenes.store import SceneStore, StoredScene
from tests.engine.corpus.corpus_files import RATE_HZ, foa, noise, write_film, write_sound


def checked(corpus: Path, table: str | None = None) -> tuple[CheckedRow, ...]:
    manifest = None
    if table is not None:
        manifest = corpus / "m.csv"
        manifest.write_text(table)
    report = check_corpus(read_corpus(corpus, manifest))
    assert not report.bad
    return report.rows


def imported(corpus: Path, runs: Path, table: str | None = None) -> ImportCounts:
    return import_corpus(checked(corpus, table), runs)


@dataclass(frozen=True)
class Found:
    """A stored scene with its sound (4, N) and its film's frames."""

    scene: StoredScene
    foa: np.ndarray
    film: np.ndarray | None

    @property
    def path(self) -> np.ndarray | None:
        """Where the dominant source is, (50, 3)."""
        return self.scene.sources[0].path


def stored(runs: Path, place: str = "scenes") -> list[Found]:
    """Return the scenes of both sides; one may have none."""
    found = []
    for side in ("", "-held-out"):
        folder = runs / "imported" / f"{place}{side}"
        if not (folder / "shard-0000.json").is_file():
            continue
        store, films = SceneStore(folder), SceneFrames(folder)
        found += [Found(scene, store.foa(scene), films.frames(scene)) for scene in store.scenes]
    return found


def test_sounds_become_a_data_folder_and_pseudo_scenes(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    write_sound(corpus / "dog/bark.wav", noise(0.5))
    write_sound(corpus / "dog/far.wav", np.stack([noise(9.0, 1), noise(9.0, 2)]), 44_100)
    write_sound(corpus / "beds/rain.flac", noise(1.0, 3, 0.05), subtype="PCM_16")
    counts = imported(corpus, runs)
    assert (counts.clips, counts.pseudo, counts.recorded) == (3, 3, 0)
    bank = load_sound_bank(runs / "imported", tmp_path / "cache")
    found = {sound.label: sound for sound in bank.sounds}
    assert {label: (s.sound_class, s.kind) for label, s in found.items()} == {
        "bark": ("dog", "point"), "far": ("dog", "point"), "rain": ("beds", "ambience"),
    }  # fmt: skip
    kept, given = bank.wave(found["bark"]), noise(0.5)
    assert np.corrcoef(kept, given)[0, 1] > 0.99
    assert np.std(kept) == pytest.approx(np.std(given), rel=0.01)
    assert found["far"].length == pytest.approx(9.0 * RATE_HZ / 44_100 * RATE_HZ, abs=3)
    scenes = stored(runs, "pseudo/scenes")
    by_label = {found.scene.sources[0].label: found.foa for found in scenes}
    assert all(found.path is None for found in scenes)
    # Mono has no side signal; stereo has it on one axis, which is drawn.
    assert np.abs(by_label["bark"][1:]).max() == 0.0
    assert np.count_nonzero(np.abs(by_label["far"][1:]).max(axis=1)) == 1
    # A short sound comes again and again.
    heard = np.abs(by_label["bark"][0]).reshape(-1, PATCH_SAMPLES).max(axis=1) > 0.01
    assert heard.mean() > 0.5


def test_a_split_of_the_bank_is_the_split_of_the_scenes(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    for n in range(8):
        write_sound(corpus / f"s{n}.wav", noise(0.4, n))
    table = "path,label,split\n" + "".join(
        f"s{n}.wav,sound {n},{('held-out', 'training', '')[n % 3]}\n" for n in range(8)
    )
    rows = checked(corpus, table)
    import_corpus(rows, runs)
    held_out = {row.row.labels[0] for row in rows if held_out_side(row)}
    assert {"sound 0", "sound 3", "sound 6"} <= held_out
    assert not {"sound 1", "sound 4", "sound 7"} & held_out
    bank = load_sound_bank(runs / "imported", tmp_path / "cache")
    assert {s.label for s in bank.split(held_out=True)} == held_out
    store = SceneStore(runs / "imported/pseudo/scenes-held-out")
    assert {scene.sources[0].label for scene in store.scenes} == held_out


def test_a_recording_is_labelled_where_it_sounds(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    still = foa(8.0, 60.0, 20.0)
    moved = np.concatenate([foa(4.0, -90.0, seed=1), foa(4.0, 90.0, seed=2)], axis=1)
    write_sound(corpus / "a.wav", np.concatenate([still, moved], axis=1))
    assert imported(corpus, runs, "path,label,class\na.wav,barking dog,dog\n").recorded == 2
    first, second = stored(runs)
    (source,) = first.scene.sources
    assert (source.sound_class, source.label) == ("dog", "barking dog")
    assert first.scene.caption == "Barking dog at the front left."
    assert [(change.patch, change.kind) for change in first.scene.schedule] == [(0, "hold")]
    assert np.degrees(angle_between(first.path, Direction(60.0, 20.0).unit_vector())).max() < 2.0
    path = second.path
    assert path.shape == (50, 3)
    assert np.linalg.norm(path, axis=1) == pytest.approx(np.ones(50), abs=1e-3)
    assert path[5] == pytest.approx([0, -1, 0], abs=0.05)
    assert path[45] == pytest.approx([0, 1, 0], abs=0.05)


def test_a_diffuse_recording_has_no_path_and_its_own_caption_wins() -> None:
    rng = np.random.default_rng(0)
    waves = rng.normal(size=(20, 3))
    waves = np.concatenate([waves, -waves]) / np.tile(np.linalg.norm(waves, axis=1), 2)[:, None]
    gains = np.concatenate([np.ones((40, 1)), waves[:, [1, 2, 0]]], axis=1)
    field = sum(gain[:, None] * noise(8.0, n, 0.02) for n, gain in enumerate(gains)).astype(np.float32)
    row = CorpusRow("a.wav", Path("a.wav"), labels=("rain",))
    found = labelled(field, row)
    assert found.sources[0].path is None
    assert found.caption == "rain all around"
    written = CorpusRow("a.wav", Path("a.wav"), labels=("rain",), caption="Rain on a tin roof.")
    assert labelled(field, written).caption == "Rain on a tin roof."


def test_a_second_source_is_kept_where_it_has_a_name() -> None:
    both = foa(8.0, 80.0) + 0.6 * foa(8.0, -100.0, seed=1)
    two = labelled(both, CorpusRow("a.wav", Path("a.wav"), labels=("dog", "bell")))
    assert [source.label for source in two.sources] == ["dog", "bell"]
    assert np.degrees(angle_between(two.sources[1].path, Direction(-100.0).unit_vector())).max() < 10.0
    assert two.sources[1].active.mean() > 0.8
    assert len(labelled(both, CorpusRow("a.wav", Path("a.wav"), labels=("dog",))).sources) == 1


def test_a_film_brings_its_frames(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    write_film(corpus / "a.mov", 12.5, sound=foa(12.5, -30.0))
    write_sound(corpus / "b.wav", foa(8.0, 0.0, seed=4))
    counts = imported(corpus, runs)
    assert (counts.filmed, counts.recorded) == (2, 1)
    scenes = stored(runs)
    filmed = [found for found in scenes if found.film is not None]
    (alone,) = [found for found in scenes if found.film is None]
    assert np.degrees(angle_between(alone.path, [1.0, 0, 0])).max() < 2.0
    # Picture n of the film is grey 20 + 4 n; the second stretch ends with the film, 4.5 s after the first begins.
    for found, first in zip(filmed, (0, 18), strict=True):
        assert found.film.shape == (32, 128, 256, 3)
        assert found.film.mean(axis=(1, 2, 3)) == pytest.approx(20 + 4 * np.arange(first, first + 32), abs=3)
        assert np.degrees(angle_between(found.path, Direction(-30.0).unit_vector())).max() < 2.0


def test_importing_again_adds_only_what_is_new(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    write_sound(corpus / "a.wav", foa(16.0, 0.0))
    write_sound(corpus / "dog/bark.wav", noise(0.5))
    assert imported(corpus, runs).recorded == 2
    before = {file: file.stat().st_mtime_ns for file in (runs / "imported").rglob("shard*")}
    again = imported(corpus, runs)
    assert (again.clips, again.recorded, again.pseudo) == (1, 0, 0)
    write_sound(corpus / "b.wav", foa(8.0, 0.0, seed=7))
    assert imported(corpus, runs).recorded == 1
    assert all(file.stat().st_mtime_ns == time for file, time in before.items())
    assert len(stored(runs)) == 3


def test_stopping_leaves_whole_shards_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.corpus.shards.SHARD_SCENES", 2)
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    for n in range(5):
        write_sound(corpus / f"r{n}.wav", foa(8.0, 0.0, seed=n))
    rows = checked(corpus, "path,label,split\n" + "".join(f"r{n}.wav,rain,training\n" for n in range(5)))

    def stop(done: float) -> None:
        if done > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_corpus(rows, runs, stop)
    folder = runs / "imported" / "scenes"
    assert sorted(file.name for file in folder.iterdir()) == ["shard-0000.json", "shard-0000.npy"]
    assert import_corpus(rows, runs).recorded == 3
    assert len(SceneStore(folder).scenes) == 5


def test_silence_is_left_out_and_long_sounds_are_cut(tmp_path: Path) -> None:
    corpus, runs = tmp_path / "corpus", tmp_path / "runs"
    write_sound(corpus / "a.wav", np.concatenate([foa(8.0, 0.0), np.zeros((4, 8 * RATE_HZ), np.float32)], axis=1))
    write_sound(corpus / "river/river.wav", noise(61.5, level=0.05), subtype="PCM_16")
    counts = imported(corpus, runs)
    assert (counts.recorded, counts.silent) == (1, 1)
    bank = load_sound_bank(runs / "imported", tmp_path / "cache")
    assert [s.length / RATE_HZ for s in bank.sounds] == [60.0, 1.5]
    assert len({s.group for s in bank.sounds}) == 1


@pytest.mark.parametrize(
    ("seconds", "starts"), [(7.9, []), (8.0, [0]), (11.9, [0]), (12.0, [0, 4]), (13.37, [0, 5.25]), (24.5, [0, 8, 16])]
)
def test_stretches_cover_a_recording(seconds: float, starts: list[float]) -> None:
    assert starts_s(seconds) == starts
