import json
from pathlib import Path

import pytest
import torch

from engine.contract.errors import ExportError
from engine.evaluation.speed.bench import BenchSettings, measure_streaming, run_bench
from engine.evaluation.speed.bench_report import table_lines, write_json
from engine.evaluation.speed.full_sequence_dit import FullSequenceDit, count_parameters, full_sequence_dit_like
from engine.evaluation.speed.timing import spread, timed_ms
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.conditions import Conditions
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import SamplerSettings
from engine.model.specs import TINY, TINY_CODEC, XS
from engine.model.weights.checkpoint import save_codec, save_generator
from tests.engine.evaluation.bench_fakes import PlaneWaveSource
from tests.rough_refiner import write_refined


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", Generator(TINY))
    return folder


@pytest.mark.parametrize("runtime", ["torch", "openvino"])
def test_the_whole_bench_on_tiny_weights(
    checkpoint: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], runtime: str
) -> None:
    out = tmp_path / "bench.json"
    report = run_bench(out, checkpoint, settings=BenchSettings(seconds=0.8, steps=2, runtime=runtime))
    figures = json.loads(out.read_text())
    assert figures["machine"]["runtime"] == runtime
    stages = figures["streaming"]["stages_ms"]
    assert set(stages) == {"text", "video", "lm", "dit", "codec", "turn", "binaural"}
    assert (stages["text"]["count"], stages["video"]["count"], stages["lm"]["count"]) == (1, 3, 5)
    assert figures["locdit_step_ms"] == pytest.approx(stages["dit"]["p50"] / 2, rel=0.01)
    first, patch = figures["streaming"]["first_audio_ms"]["p50"], figures["streaming"]["patch_ms"]
    assert 0 < first < 60_000
    assert patch["p50"] <= patch["p95"] <= patch["max"]
    expected = figures["full_sequence"]["first_audio_ms"]["p50"] / first
    assert figures["ratios"]["first_audio"] == pytest.approx(expected, rel=0.01)
    assert report.seconds == pytest.approx(0.8)
    printed = capsys.readouterr().out
    for word in ("language model", "one step", "binaural", "full-sequence DiT", "real-time factor"):
        assert word in printed


def test_text_and_video_are_timed_where_they_have_work() -> None:
    source = PlaneWaveSource()
    figures = measure_streaming(source, BenchSettings(seconds=3.2, steps=5))
    stages = figures.stages_ms
    assert (stages["text"].count, stages["video"].count, stages["dit"].count) == (2, 13, 20)
    assert stages["dit"].p50 == pytest.approx(20.0)
    assert source.seeds == [0, 1, 2, 3, 4, 0]
    assert source.requests[-1].frame_index == 12


@pytest.mark.parametrize("spec", [TINY, XS])
def test_the_yardstick_has_the_generators_size(spec: object) -> None:
    with torch.device("meta"):
        wanted = count_parameters(Generator(spec))
        dit = full_sequence_dit_like(spec, wanted)
    one_layer = count_parameters(dit.layers[0])
    assert abs(count_parameters(dit) - wanted) <= 0.51 * one_layer


def test_the_yardstick_sees_the_whole_clip() -> None:
    """Its first latent depends on its last: that is why nothing can be heard before all of it is sampled."""
    torch.manual_seed(0)
    dit = FullSequenceDit(TINY, 2)
    for layer in dit.layers:
        torch.nn.init.normal_(layer.modulation.weight, std=0.3)
    there = torch.ones(1, 3)
    conditions = Conditions(
        torch.randn(1, 3, 384), there, torch.randn(1, 3, 114, 8, 16), there, torch.randn(1, 3, 3), there
    )
    noise = torch.randn(1, 12, 8)
    changed = noise.clone()
    changed[:, -1] += 5.0
    with torch.inference_mode():
        one, other = (dit.sample(x, conditions, SamplerSettings(2)) for x in (noise, changed))
    assert one.shape == noise.shape
    assert float((one[:, 0] - other[:, 0]).abs().max()) > 1e-5


def test_the_baseline_makes_what_generator_and_refiner_make(tmp_path: Path) -> None:
    write_refined(tmp_path / "refined")
    settings = BenchSettings(seconds=0.4, steps=1, runtime="torch")
    report = run_bench(tmp_path / "bench.json", tmp_path / "refined", settings=settings)
    assert "refiner" in report.streaming.stages_ms
    assert report.parameters["generator"] > count_parameters(Generator(TINY))


def test_spread_of_times() -> None:
    times = spread([float(n) for n in range(101)])
    assert (times.p50, times.p95, times.max, times.mean, times.count) == (50.0, 95.0, 100.0, 50.0, 101)
    with pytest.raises(ValueError, match="Nothing"):
        spread([])
    assert timed_ms(lambda: 7)[0] == 7


def test_a_folder_that_is_not_there(checkpoint: Path, tmp_path: Path) -> None:
    report = run_bench(tmp_path / "ok.json", checkpoint, settings=BenchSettings(seconds=0.3, steps=1))
    assert any("ratio" in line for line in table_lines(report))
    with pytest.raises(ExportError, match=r"nowhere.bench\.json cannot be written"):
        write_json(report, tmp_path / "nowhere" / "bench.json")
    assert not list(tmp_path.glob("**/*.part"))
