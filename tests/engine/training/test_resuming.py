"""Every resumable stage: a run that is cut in two and started again ends with the weights of one run."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from engine.evaluation.ranking.model import save_rank_model
from engine.model.codec.xs import XsFoaVae
from engine.model.specs import TINY_CODEC
from engine.model.weights.checkpoint import save_codec, save_generator
from engine.training.cli import main as train
from engine.training.codec import train as codec_stage
from engine.training.loop import fitting
from engine.training.loop.checkpointing import WeightAverage
from tests.engine.training.codec.noise_scenes import write_noise_scenes
from tests.engine.training.codec.test_codec_oobleck import tiny_oobleck
from tests.engine.training.generator.tiny_features import write_features
from tests.engine.training.preference.test_odpo import plain_rank_model
from tests.engine.training.svac.test_svac_stage import write_block
from tests.rough_generator import rough_generator

STEPS, CUT = 4, 2
Prepare = Callable[[Path], list[str]]


class Clock:
    """The loop's clock: it stands still, and after `steps` more steps it is past every deadline."""

    steps = 0
    interrupt_after: int | None = None

    def monotonic(self) -> float:
        return 0.0 if self.steps > 0 else 1e9


def codec(runs: Path) -> list[str]:
    write_noise_scenes(runs)
    return ["codec", "--batch", "1"]


def svac(runs: Path) -> list[str]:
    made = tiny_codec()
    (runs / "features").mkdir(parents=True)
    write_block(runs / "features", made, 0)
    save_codec(runs / "start" / "codec.safetensors", made)
    return ["svac", "--codec", str(runs / "start"), "--batch", "4"]


def oobleck(runs: Path) -> list[str]:
    write_noise_scenes(runs)
    save_codec(runs / "start" / "codec.safetensors", tiny_oobleck())
    told = ["--start", str(runs / "start"), "--out", str(runs / "made"), "--latents", "64", "--filters", "2"]
    return ["codec-oobleck", "--batch", "2", *told]


def generator(runs: Path) -> list[str]:
    write_features(runs / "features")
    return ["generator", "--spec", "TINY", "--batch", "2"]


def distil(runs: Path) -> list[str]:
    start_with_features(runs)
    told = ["--checkpoint", str(runs / "start"), "--out", str(runs / "student")]
    return ["distil", *told, "--batch", "2", "--patches", "8"]


def odpo(runs: Path) -> list[str]:
    start_with_features(runs)
    save_rank_model(runs / "rank" / "rank.safetensors", plain_rank_model())
    sizes = ["--inputs", "1", "--candidates", "2", "--patches", "7", "--steps", "1", "--supervised-batch", "1"]
    return ["odpo", "--start", str(runs / "start"), "--rate", "1e-3", *sizes]


def start_with_features(runs: Path) -> None:
    write_features(runs / "features")
    save_codec(runs / "start" / "codec.safetensors", tiny_codec())
    save_generator(runs / "start" / "generator.safetensors", rough_generator(0.15))


def tiny_codec() -> XsFoaVae:
    torch.manual_seed(0)
    return XsFoaVae(TINY_CODEC).eval()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock, update = Clock(), WeightAverage.update

    def counted(average: WeightAverage, model: torch.nn.Module, step: int) -> None:
        clock.steps -= 1
        if clock.interrupt_after is not None and step > clock.interrupt_after:
            raise KeyboardInterrupt
        update(average, model, step)

    monkeypatch.setattr(WeightAverage, "update", counted)
    monkeypatch.setattr(fitting, "time", clock)
    monkeypatch.setattr(codec_stage, "XS_CODEC", TINY_CODEC)
    # Principal components of noise differ from call to call: eigenvalues lie so near that the last bit decides.
    monkeypatch.setattr(codec_stage, "start_at_principal_components", lambda *_: None)
    monkeypatch.setattr(codec_stage, "_BEGINNING", 4)
    return clock


def run(told: list[str], runs: Path, clock: Clock, steps: int = STEPS + 1) -> Path:
    """Run a stage for so many steps at most and return its checkpoint."""
    clock.steps = steps
    assert train([*told, "--runs", str(runs), "--total-steps", str(STEPS)]) == 0
    (checkpoint,) = runs.glob("*/training.safetensors")
    return checkpoint


def step_of(checkpoint: Path) -> int:
    with safe_open(checkpoint, framework="pt") as file:
        return int(json.loads(file.metadata()["training"])["step"])


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [codec, oobleck, svac, generator, distil, odpo], ids=lambda p: p.__name__)
def test_a_run_cut_in_two_is_one_run(prepare: Prepare, tmp_path: Path, clock: Clock) -> None:
    whole = run(prepare(tmp_path / "whole"), tmp_path / "whole", clock)
    told = prepare(tmp_path / "cut")
    cut = run(told, tmp_path / "cut", clock, CUT)
    assert step_of(cut) == CUT
    halfway = load_file(cut)
    assert run(told, tmp_path / "cut", clock) == cut
    assert step_of(cut) == step_of(whole) == STEPS
    one, two = load_file(whole), load_file(cut)
    assert one.keys() == two.keys()
    assert [key for key in one if not torch.equal(one[key], two[key])] == []
    weights = [key for key in two if key.startswith("model.")]
    assert any(not torch.equal(halfway[key], two[key]) for key in weights)
    outputs = [p.relative_to(tmp_path / "cut") for p in (tmp_path / "cut").glob("*/[cgs]*.safetensors")]
    for output in outputs:
        assert (tmp_path / "whole" / output).read_bytes() == (tmp_path / "cut" / output).read_bytes(), output


@pytest.mark.slow
def test_an_adversarial_run_cut_in_two_is_one_run_and_leaves_its_codec_alone(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SAVE_EVERY_S", -1.0)  # before every step
    write_noise_scenes(tmp_path)
    save_codec(tmp_path / "start" / "codec.safetensors", tiny_codec())
    told = ["codec-adversarial", "--runs", str(tmp_path), "--steps", str(STEPS), "--batch", "1"]
    told += ["--start", str(tmp_path / "start")]
    made = {name: tmp_path / name / "codec.safetensors" for name in ("whole", "cut")}
    assert train([*told, "--out", str(made["whole"].parent)]) == 0
    clock.interrupt_after = CUT
    with pytest.raises(KeyboardInterrupt):
        train([*told, "--out", str(made["cut"].parent)])
    checkpoint = tmp_path / "cut" / "adversarial" / "training.safetensors"
    assert step_of(checkpoint) == CUT
    assert not made["cut"].exists()
    clock.interrupt_after = None
    assert train([*told, "--out", str(made["cut"].parent)]) == 0
    assert made["cut"].read_bytes() == made["whole"].read_bytes()
    assert not checkpoint.exists()


@pytest.mark.slow
@pytest.mark.parametrize("prepare", [codec, svac], ids=lambda p: p.__name__)
def test_a_checkpoint_without_random_states_is_gone_on_with(prepare: Prepare, tmp_path: Path, clock: Clock) -> None:
    """Earlier versions did not write them."""
    told = prepare(tmp_path)
    checkpoint = run(told, tmp_path, clock, CUT)
    kept = {key: value for key, value in load_file(checkpoint).items() if not key.startswith("random.")}
    assert len(kept) < len(load_file(checkpoint))
    save_file(kept, checkpoint, {"training": json.dumps({"step": CUT})})
    run(told, tmp_path, clock)
    assert step_of(checkpoint) == STEPS
