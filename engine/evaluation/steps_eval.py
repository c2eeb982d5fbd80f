"""The old name of `python -m engine.evaluation.probes.steps`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.evaluation.steps_eval", "engine.evaluation.probes.steps")
