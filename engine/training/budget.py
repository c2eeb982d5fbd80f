"""The old name of `python -m engine.training.generator.budget`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.training.budget", "engine.training.generator.budget")
