"""The whole evaluation on small folders, with a tagger that is easy to follow: baselines, notes, JSON and HTML."""

import itertools
import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import ExportError, InvalidInputError, MediaError
from engine.evaluation.measures.intervals import Estimate
from engine.evaluation.report.figures import as_json, json_text
from engine.evaluation.report.page import html_text
from engine.evaluation.report.svg import Axis, Line, bar_plot, line_plot
from engine.evaluation.suite.captions import agrees, named_classes, read_captions
from engine.evaluation.suite.catalogue import METRICS, SYSTEMS
from engine.evaluation.suite.content import Taggers, content_of
from engine.evaluation.suite.evaluate import Evaluation, EvaluationJob, evaluate
from engine.evaluation.suite.measure import measure, truth_of
from engine.evaluation.suite.novelty import load_training
from engine.evaluation.suite.sounds import Retriever, read_sounds
from engine.evaluation.suite.summary import chance_by_other_clips
from engine.evaluation.taggers.tagging import AUDIOSET_NAMES
from engine.export.ambix_wav import AmbixWriter
from engine.files.staging import write_texts
from tests.engine.evaluation.flash_films import write_flashes

STEM = "b<script>&amp;'\""
SECONDS = 1.4


class ToneTagger:
    """Hears how deep a tone is: below 1 kHz it is a dog, above it rain. Embeddings are four band powers."""

    class_names = tuple(name for names in AUDIOSET_NAMES.values() for name in names)

    def embeddings(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        hop = round(0.48 * rate_hz)
        pieces = [mono[start : start + hop] for start in range(0, max(1, mono.size - hop), hop)]
        return np.array([self._bands(piece, rate_hz) for piece in pieces], np.float32)

    def mean_scores(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        low, high = (float(part.sum()) for part in np.split(self._bands(mono, rate_hz), 2))
        scores = np.zeros(len(self.class_names), np.float32)
        scores[self.class_names.index("Dog")], scores[self.class_names.index("Rain")] = low, high
        return scores

    def _bands(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        power = np.abs(np.fft.rfft(mono)) ** 2
        hz = np.fft.rfftfreq(mono.size, 1 / rate_hz)
        edges = (0, 600, 1_000, 3_000, rate_hz)
        bands = np.array([power[(hz >= a) & (hz < b)].sum() for a, b in itertools.pairwise(edges)])
        return bands / max(bands.sum(), 1e-9)


class WholeClipModel:
    """Hears the whole band: four band powers of every patch of 2.3 s."""

    def embeddings(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        return ToneTagger().embeddings(mono, rate_hz)[::2]


def embed(texts: Sequence[str]) -> np.ndarray:
    """Texts about dogs lie along one axis, the rest along another."""
    return np.array([[1.0, 0.0] if "dog" in text else [0.0, 1.0] for text in texts])


def tone(hz: float, seconds: float = SECONDS) -> np.ndarray:
    t = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return 0.2 * np.sin(2 * np.pi * hz * t) + 1e-3 * np.random.default_rng(int(hz)).standard_normal(t.size)


def write(path: Path, mono: np.ndarray, azimuth_deg: float) -> None:
    path.parent.mkdir(exist_ok=True)
    with AmbixWriter(path) as writer:
        writer.write(encode_point(mono, Direction(azimuth_deg)))


@pytest.fixture
def folders(tmp_path: Path) -> Path:
    return make_folders(tmp_path)


def make_folders(tmp_path: Path) -> Path:
    """Three takes, 30 degrees off; the third is rain where a dog was asked for, and repeats a training clip.

    Beside the reference "c" lies a film in which something appears when its take and its reference get louder.
    """
    louder = np.where(np.arange(round(SECONDS * SAMPLE_RATE_HZ)) < 0.7 * SAMPLE_RATE_HZ, 0.05, 1.0)
    for stem, hz, true_hz in (("a", 700, 720), (STEM, 2_000, 2_100), ("c", 2_500, 740)):
        write(tmp_path / "takes" / f"{stem}.wav", (louder if stem == "c" else 1.0) * tone(hz), 50.0)
        write(tmp_path / "truth" / f"{stem}.wav", (louder if stem == "c" else 1.0) * tone(true_hz), 20.0)
    write_flashes(tmp_path / "truth" / "c.mp4", [0.7], SECONDS)
    write(tmp_path / "takes" / "alone.wav", tone(500), 0.0)
    (tmp_path / "takes" / "a.json").write_text(json.dumps({"first_audio_s": 0.2, "rtf": 0.5, "prompt": "a dog"}))
    (tmp_path / "takes" / "c.json").write_text(json.dumps({"first_audio_s": 0.4, "rtf": "?", "prompt": 3}))
    (tmp_path / "captions.json").write_text(
        json.dumps({"a.wav": "a dog <b>barks</b>", STEM: "rain falls", "c": "dogs"}), encoding="utf-8"
    )
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    soundfile.write(sounds / "dog.wav", np.roll(louder, 9_600) * tone(800), SAMPLE_RATE_HZ)
    soundfile.write(sounds / "rain.wav", np.stack([tone(2_500)] * 2, axis=1), SAMPLE_RATE_HZ)
    (sounds / "sounds.tsv").write_text(
        "path\tlabel\tyamnet_flag\ndog.wav\tdog barking\t\nrain.wav\train\t\n../x.wav\tdog\t\ngone.wav\tdog\t\n"
    )
    return tmp_path


def job(folder: Path, **more: Path) -> EvaluationJob:
    return EvaluationJob(folder / "takes", folder / "truth", **more)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folders = make_folders(tmp_path_factory.mktemp("full"))
    everything = job(
        folders, captions=folders / "captions.json", training=folders / "sounds", sounds=folders / "sounds"
    )
    return evaluate(everything, Taggers(ToneTagger(), WholeClipModel()), embed=embed)


def test_every_table_has_both_yardsticks(full: Evaluation) -> None:
    report = json.loads(json_text(full))
    assert list(report["metrics"]) == [metric.key for metric in METRICS]
    for key, metric in report["metrics"].items():
        assert metric["generated"]["value"] is not None, key
        assert metric["unit"], key
        assert metric["source"], key
        for system in SYSTEMS:
            assert metric[system]["value"] is not None or metric[system]["reason"], (key, system)
        if key not in ("first_audio_s", "rtf"):
            assert metric["chance"]["value"] is not None, key
            assert metric["retrieve_and_pan"]["value"] is not None, key


def test_the_figures_are_those_of_the_folder(full: Evaluation) -> None:
    metrics = as_json(full)["metrics"]

    def value(key: str, system: str = "generated") -> float:
        return metrics[key][system]["value"]

    assert metrics["clip_angle_rad"]["generated"]["value_deg"] == pytest.approx(30.0, abs=1.0)
    assert value("clip_angle_rad", "retrieve_and_pan") < 0.02
    assert value("clip_angle_rad", "chance") == pytest.approx(np.pi / 2, abs=0.1)
    assert value("class_agreement") == pytest.approx(2 / 3, abs=1e-5)
    assert value("class_agreement", "retrieve_and_pan") == 1.0
    assert value("class_agreement", "chance") == pytest.approx(1 / 12, abs=1e-5)
    assert value("kl_nats", "retrieve_and_pan") < value("kl_nats")
    assert value("fd") < value("fd", "chance")
    assert value("fd_aisfx") < value("fd_aisfx", "chance")
    assert value("av_onset_f") == value("av_onset_f", "reference") == 1.0
    assert value("av_onset_f", "chance") < 0.5
    assert metrics["av_onset_f"]["generated"]["clips"] == 1
    filmed = {clip["stem"]: clip["onsets_s"] for clip in as_json(full)["clips"]}
    assert filmed["a"] == {}
    assert filmed["c"] == {who: [pytest.approx(0.7, abs=0.06)] for who in ("film", "take", "reference")}
    assert (value("first_audio_s"), value("rtf")) == (pytest.approx(0.3), 0.5)
    assert metrics["rtf"]["generated"]["clips"] == 1
    assert metrics["fd"]["reference"] == {
        "value": None, "low": None, "high": None, "clips": 0, "reason": "it is the truth"
    }  # fmt: skip


def test_a_take_that_repeats_a_training_clip_shows(full: Evaluation) -> None:
    copied = next(clip for clip in full.clips if clip.stem == "c")
    assert copied.nearest_training == "rain.wav"
    assert copied.figures.values["generated"]["novelty"] < 1e-3
    assert copied.figures.values["chance"]["novelty"] > 0.3
    assert copied.retrieved == "dog barking"


def test_the_same_seed_gives_the_same_report(folders: Path) -> None:
    def text(seed: int) -> str:
        return json_text(evaluate(EvaluationJob(folders / "takes", folders / "truth", seed=seed)))

    assert text(3) == text(3)
    assert text(3) != text(4)


def test_what_is_not_given_is_left_out_with_a_sentence(folders: Path) -> None:
    (folders / "truth" / "c.mp4").unlink()
    found = evaluate(job(folders))
    report = as_json(found)
    for word in ("--yamnet", "--aisfx", "--sounds", "--training", "alone", "film"):
        assert any(word in note for note in found.notes), word
    assert report["metrics"]["fd"]["generated"] == {
        "value": None, "low": None, "high": None, "clips": 0, "reason": "no --yamnet"
    }  # fmt: skip
    assert report["metrics"]["clip_angle_rad"]["generated"]["clips"] == 3
    assert report["metrics"]["clip_angle_rad"]["retrieve_and_pan"]["value"] is None


def test_trajectories_are_references_enough(folders: Path) -> None:
    only = folders / "paths"
    only.mkdir()
    for stem in ("a", "c"):
        (only / f"{stem}.json").write_text(json.dumps([{"t_s": 0, "azimuth_deg": 50}]))
    found = evaluate(EvaluationJob(folders / "takes", only))
    metrics = as_json(found)["metrics"]
    assert metrics["time_angle_rad"]["generated"]["value_deg"] < 1.0
    assert metrics["wcs"]["generated"]["value"] > 0.99
    assert metrics["codec_log_mel_db"]["generated"]["reason"] == "no reference recording"
    assert any("without sound" in note for note in found.notes)


def test_a_strange_json_beside_a_recording_is_told_and_without_one_it_is_wrong(folders: Path) -> None:
    (folders / "truth" / "a.json").write_text('{"first_audio_s": 1}')
    assert any("a.json is not a trajectory" in note for note in evaluate(job(folders)).notes)
    (folders / "truth" / "a.wav").unlink()
    with pytest.raises(InvalidInputError, match=r"a\.json cannot be used"):
        evaluate(job(folders))


def test_a_take_that_is_nearly_silent_is_not_made_loud_and_judged(folders: Path) -> None:
    write(folders / "takes" / "a.wav", 1e-4 * tone(700), 50.0)
    found = evaluate(job(folders), Taggers(ToneTagger(), WholeClipModel()))
    fd = as_json(found)["metrics"]["fd"]
    assert (fd["generated"]["clips"], fd["chance"]["clips"]) == (2, 2), "the baselines are of the same clips"
    write(folders / "takes" / "c.wav", 1e-4 * tone(700), 50.0)
    found = evaluate(job(folders), Taggers(ToneTagger(), WholeClipModel()))
    assert any("2 of 3 takes are silent" in note for note in found.notes)
    report = as_json(found)["metrics"]
    assert report["fd"]["generated"]["reason"].startswith("needs two clips with sound")
    assert report["silent_share"]["generated"]["value"] == pytest.approx(2 / 3)
    assert content_of(Taggers(ToneTagger()), 1e-4 * tone(700)).mean is None


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loads: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_stands_alone_and_trusts_no_name(full: Evaluation) -> None:
    page = Page(html_text(full))
    assert not {"script", "b<script", "link", "iframe", "object"} & set(page.tags)
    assert all(source.startswith("data:image/png;base64,") for source in page.loads)
    assert page.tags.count("img") == 6
    assert page.tags.count("svg") == 1 + 2 * 3 + 1, (
        "the bands, two directions a clip, the onsets of the one with a film"
    )
    assert STEM in page.text
    assert "a dog <b>barks</b>" in page.text
    for metric in METRICS:
        assert metric.name in page.text
    assert "nan" not in re.findall(r"[a-z]+", page.text.lower())


def test_report_files_come_whole_or_not_at_all(tmp_path: Path) -> None:
    first = tmp_path / "r.json"
    first.write_text("before")
    with pytest.raises(ExportError):
        write_texts({first: "after", tmp_path / "gone" / "r.html": "x"})
    assert first.read_text() == "before"
    assert list(tmp_path.iterdir()) == [first]


def test_sound_is_judged_on_w_alone() -> None:
    """Whatever lies in Y, Z, X: what is heard, the seams and the codec's levels are those of W."""
    recording = encode_point(tone(720), Direction(0))
    truth = truth_of(recording, None, SECONDS, Taggers(ToneTagger()))
    take = encode_point(tone(700), Direction(0))
    loud = take.copy()
    loud[1:] = 0.5 * np.random.default_rng(0).standard_normal(loud[1:].shape)
    plain, odd = (measure(foa, truth, Taggers(ToneTagger())).values for foa in (take, loud))
    for key in ("kl_nats", "codec_log_mel_db", "codec_level_db", "seam_click_db", "seam_change_db"):
        assert plain[key] == odd[key], key
    assert plain["clip_angle_rad"] != odd["clip_angle_rad"]


# --- parts ---


def test_a_plot_escapes_its_words_and_does_not_join_a_jump_over_the_back() -> None:
    axis = Axis(-180, 180, (-180, 0, 180))
    plot = line_plot("<i>", Axis(0, 3, (0, 3)), axis, [Line("found", [(0, 170.0), (1, -175.0), (2, -170.0), None])])
    page = Page(plot + bar_plot("a", ["<b>"], ["s"], [[Estimate(1.0, 0.5, 1.5, 4)]]))
    assert not {"i", "b"} & set(page.tags)
    assert (plot.count("<circle"), plot.count('<line class="found"')) == (3, 1)


def test_captions_name_classes_by_whole_words(tmp_path: Path) -> None:
    assert named_classes("A dog barks in the RAIN.") == ("rain", "dog")
    assert named_classes("a train passes, endogenous") == ()
    file = tmp_path / "c.json"
    for text in ("", "[]", '{"a": 1}', "[" * 9_000, "\xff"):
        file.write_bytes(text.encode("latin-1"))
        with pytest.raises(InvalidInputError, match="captions"):
            read_captions(file)


def test_silence_agrees_with_nothing() -> None:
    names = ToneTagger.class_names
    assert not agrees(np.zeros(len(names)), names, ("rain",))


def test_chance_by_other_clips_by_hand() -> None:
    pairs = [(1.0, 10.0), (2.0, 20.0), (None, 5.0), (3.0, 30.0)]
    means = chance_by_other_clips(pairs, lambda take, truth: abs(take - truth))
    assert means == [pytest.approx((19 + 29) / 2), pytest.approx((8 + 28) / 2), None, pytest.approx((7 + 17) / 2)]
    assert chance_by_other_clips([(1.0, 2.0)], lambda take, truth: 0.0) == [None]


def test_a_sound_outside_the_folder_or_missing_is_not_taken(folders: Path) -> None:
    (folders / "x.wav").write_bytes(b"")
    sounds = read_sounds(folders / "sounds")
    assert [sound.path.name for sound in sounds] == ["dog.wav", "rain.wav"]
    assert Retriever(sounds, embed).nearest("dogs", np.random.default_rng(0)).label == "dog barking"
    with pytest.raises(InvalidInputError, match=r"sounds\.tsv"):
        read_sounds(folders)


def test_training_without_sound_and_damaged_training_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no training sound"):
        load_training(tmp_path, ToneTagger())
    (tmp_path / "broken.wav").write_bytes(b"RIFF and nothing")
    with pytest.raises(MediaError, match=r"broken\.wav"):
        load_training(tmp_path, ToneTagger())


def test_a_take_without_sound_is_refused_and_one_at_another_rate_is_converted(folders: Path) -> None:
    take = folders / "takes" / "a.wav"
    soundfile.write(take, np.zeros((0, 4)), 48_000)
    with pytest.raises(MediaError, match="empty"):
        evaluate(job(folders))
    soundfile.write(take, 0.1 * np.random.default_rng(0).standard_normal((44_100, 4)), 44_100)
    assert any("44100 Hz: it is converted" in note for note in evaluate(job(folders)).notes)
