"""The fast LocDiT beside a generator: it takes the patches of few steps, and no others."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.contract.control import Prompt
from engine.contract.errors import CheckpointError, InvalidInputError
from engine.contract.generation import PatchRequest
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.few_step import MOST_FEW_STEPS
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC, GeneratorSpec
from engine.model.streaming.streamer import PatchStreamer
from engine.model.weights.checkpoint import load_generator, load_model, save_codec, save_few_step, save_generator
from engine.training.cli import export
from engine.training.generator.student import student_of


def scattered(generator: Generator, seed: int) -> Generator:
    torch.manual_seed(seed)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return generator


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    save_codec(tmp_path / "codec.safetensors", XsFoaVae(TINY_CODEC))
    teacher = scattered(Generator(TINY), 1)
    save_generator(tmp_path / "generator.safetensors", teacher)
    student = student_of(teacher)
    scattered(student.dit, 2)
    save_generator(tmp_path / "student" / "generator.safetensors", student)
    return tmp_path


def takes(folder: Path, steps: int, patches: int = 3) -> np.ndarray:
    streamer = PatchStreamer(load_model(folder), load_encoders())
    streamer.reset(3)
    return np.concatenate(
        [streamer.next_patch(PatchRequest(Prompt("rain"), steps=steps)).samples for _ in range(patches)], axis=1
    )


def test_the_few_step_sampler_takes_the_patches_of_few_steps_and_no_others(folder: Path) -> None:
    before = {steps: takes(folder, steps) for steps in (1, 2, 3)}
    sha = load_model(folder).sha256
    export(["--few-step", str(folder / "student"), "--out", str(folder)])
    after = {steps: takes(folder, steps) for steps in (1, 2, 3)}
    assert MOST_FEW_STEPS == 2
    assert np.array_equal(before[3], after[3])
    assert not np.allclose(before[2], after[2], atol=1e-5)
    assert not np.allclose(after[1], after[2], atol=1e-6)
    assert load_model(folder).sha256 != sha


@pytest.mark.parametrize("spec", [TINY, dataclasses.replace(TINY, echo_code=3)])
def test_a_student_begins_as_its_teacher_whatever_the_second_plan_is(spec: GeneratorSpec) -> None:
    teacher = scattered(Generator(spec), 1)
    student = student_of(teacher)
    h, context, noisy = torch.randn(2, spec.dim), torch.randn(2, 8, spec.latent_dim), torch.randn(2, 4, spec.latent_dim)
    t = torch.tensor([0.4])
    own = student.dit(
        torch.cat([h, torch.randn_like(h)], dim=1), context, noisy, student.dit.modulations(t, torch.tensor([0.5]))
    )
    assert torch.allclose(own, teacher.dit(h, context, noisy, teacher.dit.modulations(t)), atol=1e-4)


def test_the_old_name_of_the_option_still_works(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export([f"--jumps={folder / 'student'}", "--out", str(folder)])
    assert (folder / "jumps.safetensors").is_file()
    assert capsys.readouterr().err == "'--jumps' is now called '--few-step'; the old name still works.\n"


def test_two_steps_are_what_the_whole_student_makes(folder: Path) -> None:
    export(["--few-step", str(folder / "student"), "--out", str(folder)])
    made = takes(folder, 2)
    (folder / "jumps.safetensors").unlink()
    (folder / "student" / "generator.safetensors").replace(folder / "generator.safetensors")
    # Both files are quantised from the same weights, the second time from quantised ones.
    assert np.abs(made - takes(folder, 2)).max() < 0.05 * np.abs(made).max() + 1e-6


def test_a_student_of_another_generator_is_refused(folder: Path) -> None:
    other = Generator(dataclasses.replace(TINY, distilled_steps=2))
    with pytest.raises(InvalidInputError, match="another generator"):
        save_few_step(folder, other)
    assert not (folder / "jumps.safetensors").exists()
    export(["--few-step", str(folder / "student"), "--out", str(folder)])
    load_model(folder)
    save_generator(folder / "generator.safetensors", scattered(load_generator(folder / "generator.safetensors"), 5))
    with pytest.raises(CheckpointError, match="another generator"):
        load_model(folder)


def test_a_generator_that_is_not_distilled_has_no_few_step_sampler(folder: Path) -> None:
    with pytest.raises(InvalidInputError, match="train distil"):
        save_few_step(folder, load_generator(folder / "generator.safetensors"))


def test_a_damaged_student_is_refused(folder: Path) -> None:
    export(["--few-step", str(folder / "student"), "--out", str(folder)])
    path = folder / "jumps.safetensors"
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match=r"jumps\.safetensors is damaged"):
        load_model(folder)
