"""Long and large trainings: cut off and gone on with, several processes, layers computed again, divided weights."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.contract.errors import InvalidInputError
from engine.model.generator.generator import Generator
from engine.model.specs import TINY
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.loss import flow_loss
from engine.training.generator.train import fit, parse_options
from engine.training.loop.parallel import ProcessGroup
from tests.engine.training.generator.tiny_features import write_features

STATE = Path("generator-TINY") / "training.safetensors"


def told(runs: Path, *extra: str) -> list[str]:
    return ["--runs", str(runs), "--spec", "TINY", "--batch", "2", "--total-steps", "4", *extra]


def test_cut_off_and_gone_on_with_is_the_same_to_the_last_bit(tmp_path: Path) -> None:
    for run in ("whole", "cut"):
        write_features(tmp_path / run / "features")
    fit(parse_options(told(tmp_path / "whole")), ProcessGroup())
    fit(parse_options(told(tmp_path / "cut")), stopping_after(2))
    halfway = load_file(tmp_path / "cut" / STATE)
    assert float(halfway["optimiser.0.step"]) == 2.0
    fit(parse_options(told(tmp_path / "cut")), ProcessGroup())
    whole, cut = load_file(tmp_path / "whole" / STATE), load_file(tmp_path / "cut" / STATE)
    assert whole.keys() == cut.keys()
    assert [key for key in whole if not torch.equal(whole[key], cut[key])] == []
    assert not torch.equal(halfway["model.dit.role"], cut["model.dit.role"])


def stopping_after(steps: int) -> ProcessGroup:
    looks = iter([0.0] * steps)

    class Interrupted(ProcessGroup):
        def mean(self, value: float) -> float:
            return next(looks, 1e9)

    return Interrupted()


def test_layers_computed_again_give_the_same_gradients_and_keep_less(tmp_path: Path) -> None:
    write_features(tmp_path / "features")
    torch.manual_seed(0)
    model = Generator(TINY)
    for parameter in model.parameters():
        parameter.data.add_(0.02 * torch.randn_like(parameter))
    pool = FeaturePool(tmp_path / "features")

    def gradients(recompute: bool) -> tuple[list[torch.Tensor], int]:
        model.zero_grad(set_to_none=True)
        model.lm.recompute = model.dit.recompute = recompute
        generator = torch.Generator().manual_seed(5)
        patches, conditions = pool.draw(2, generator, Dropout(), patches=12)
        kept = 0

        def keep(value: torch.Tensor) -> torch.Tensor:
            nonlocal kept
            kept += value.numel()
            return value

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
            loss = flow_loss(model, patches, conditions, generator)
        loss.backward()
        return [p.grad for p in model.parameters() if p.grad is not None], kept

    (remembered, much), (again, little) = gradients(False), gradients(True)
    assert all(torch.equal(a, b) for a, b in zip(remembered, again, strict=True))
    assert little < 0.7 * much


def test_the_exported_average_is_as_slow_as_asked_for(tmp_path: Path) -> None:
    for decay in ("0", "0.5"):
        write_features(tmp_path / decay / "features")
        fit(parse_options(told(tmp_path / decay, "--average-decay", decay)), ProcessGroup())
    follows, lags = (load_file(tmp_path / decay / STATE) for decay in ("0", "0.5"))
    assert torch.allclose(follows["average.dit.role"], follows["model.dit.role"], atol=1e-7)
    assert not torch.allclose(lags["average.dit.role"], lags["model.dit.role"], atol=1e-6)
    with pytest.raises(InvalidInputError, match="average-decay"):
        parse_options(["--average-decay", "1.0"])


def test_weights_are_not_divided_over_one_process(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="torchrun"):
        fit(parse_options(told(tmp_path, "--shard")), ProcessGroup())


def test_features_of_another_codec_are_refused(tmp_path: Path) -> None:
    write_features(tmp_path / "features")
    with pytest.raises(InvalidInputError, match="latents of 8, the size XS needs 64"):
        fit(parse_options(["--runs", str(tmp_path), "--spec", "XS"]), ProcessGroup())


def test_two_processes_learn_from_the_mean_and_divided_weights_are_the_same(tmp_path: Path) -> None:
    script = Path(__file__).with_name("group_member.py")
    root = Path(__file__).resolve().parents[4]
    port = str(20_000 + os.getpid() % 20_000)
    shared = os.environ | {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1"}
    members = [
        subprocess.Popen(
            [sys.executable, str(script), str(tmp_path)],
            env=shared | {"RANK": rank, "LOCAL_RANK": rank, "PYTHONPATH": str(root)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    try:
        said = [member.communicate(timeout=100)[1] for member in members]
    finally:
        for member in members:
            member.kill()
            member.communicate()
    assert [member.returncode for member in members] == [0, 0], "\n".join(said)
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["off"] < 1e-6 * found["largest"]
    assert found["single"] > 1e-2 * found["largest"]
    assert found["line"] == {"both": 2.0, "leader": 5.0}
    whole, divided = load_file(tmp_path / "whole" / STATE), load_file(tmp_path / "divided" / STATE)
    assert whole.keys() == divided.keys()
    for key, value in whole.items():
        assert torch.allclose(value, divided[key], rtol=1e-3, atol=1e-6), key
