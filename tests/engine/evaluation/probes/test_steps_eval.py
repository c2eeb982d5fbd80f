"""Steps against quality: distances are to the many-step solution, and a student is measured beside its teacher."""

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from engine.evaluation.probes.steps import REFERENCE_STEPS, TEACHER_STEPS, latent_distances, main
from engine.model.codec.xs import XsFoaVae
from engine.model.conditioning.encoders import load_encoders
from engine.model.generator.generator import Generator
from engine.model.specs import TINY, TINY_CODEC
from engine.model.weights.checkpoint import (
    LoadedModel,
    load_generator,
    load_model,
    save_codec,
    save_few_step,
    save_generator,
)
from engine.training.generator.student import student_of
from tests.rough_generator import rough_generator


def write(folder: Path, generator: Generator) -> LoadedModel:
    torch.manual_seed(0)
    save_codec(folder / "codec.safetensors", XsFoaVae(TINY_CODEC))
    save_generator(folder / "generator.safetensors", generator)
    return load_model(folder)


@pytest.fixture
def models(tmp_path: Path) -> tuple[LoadedModel, LoadedModel]:
    """A teacher whose flow bends, and a student that never learned."""
    teacher = rough_generator(0.15, seed=1)
    student = Generator(dataclasses.replace(TINY, distilled_steps=2))
    return write(tmp_path / "teacher", teacher), write(tmp_path / "student", student)


def test_more_steps_get_nearer_to_the_solution_and_it_is_at_no_distance_to_itself(
    models: tuple[LoadedModel, LoadedModel],
) -> None:
    teacher, student = models
    rows = [(teacher, steps) for steps in (1, 4, 8, REFERENCE_STEPS)] + [(student, 1)]
    one, four, eight, itself, untaught = latent_distances(teacher, rows, load_encoders(), takes=1, patches=3)
    assert one > four > eight > itself == 0.0
    assert untaught > 0.5


def test_the_table_has_a_row_for_every_number_of_steps(
    models: tuple[LoadedModel, LoadedModel], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["--checkpoint", str(tmp_path / "teacher"), "--student", str(tmp_path / "student"), "--takes", "1"]
    assert main([*told, "--seconds", "0.16", "--json", str(tmp_path / "steps.json")]) == 0
    rows = json.loads((tmp_path / "steps.json").read_text())["rows"]
    assert [(r["model"], r["steps"]) for r in rows] == [("teacher", n) for n in TEACHER_STEPS] + [
        ("student", 1),
        ("student", 2),
    ]
    assert all(r["dit_ms"] > 0 and r["patch_ms"] > r["dit_ms"] and r["agreement"] is None for r in rows)
    assert capsys.readouterr().out.count("\n") == len(rows) + 1


def test_jumps_beside_the_teacher_do_not_take_its_rows(models: tuple[LoadedModel, LoadedModel], tmp_path: Path) -> None:
    def errors() -> list[float]:
        out = tmp_path / "steps.json"
        assert (
            main(["--checkpoint", str(tmp_path / "teacher"), "--takes", "2", "--seconds", "0.32", "--json", str(out)])
            == 0
        )
        return [row["error_round_deg"] for row in json.loads(out.read_text())["rows"]]

    before = errors()
    student = student_of(load_generator(tmp_path / "teacher" / "generator.safetensors"))
    with torch.no_grad():
        for parameter in student.dit.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    save_few_step(tmp_path / "teacher", student)
    assert load_model(tmp_path / "teacher").few_step is not None
    assert errors() == before


def test_teacher_and_student_cannot_be_mistaken(
    models: tuple[LoadedModel, LoadedModel], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--checkpoint", str(tmp_path / "student")]) == 2
    assert "is distilled" in capsys.readouterr().err
    assert main(["--checkpoint", str(tmp_path / "teacher"), "--student", str(tmp_path / "teacher")]) == 2
    assert "train distil" in capsys.readouterr().err
