"""Old names of `python -m`: they go on working and say what they are called now."""

import importlib
import importlib.util
import subprocess
import sys

import pytest

RENAMED = {
    "engine.evaluation.compare": "engine.evaluation.probes.compare",
    "engine.evaluation.film_map": "engine.evaluation.probes.film_map",
    "engine.evaluation.schedule_eval": "engine.evaluation.probes.schedule",
    "engine.evaluation.steps_eval": "engine.evaluation.probes.steps",
    "engine.evaluation.text_eval": "engine.evaluation.probes.text",
    "engine.training.budget": "engine.training.generator.budget",
}


@pytest.mark.slow
@pytest.mark.parametrize("old", RENAMED)
def test_an_old_name_leads_to_a_module_that_is_there(old: str) -> None:
    assert f"`python -m {RENAMED[old]}`" in (importlib.import_module(old).__doc__ or "")
    assert importlib.util.find_spec(RENAMED[old]) is not None


@pytest.mark.slow
def test_an_old_name_runs_and_says_the_new_one() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.training.budget", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("usage: python -m engine.training.generator.budget")
    assert done.stderr == "python -m engine.training.budget is now called python -m engine.training.generator.budget.\n"
