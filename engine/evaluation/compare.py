"""The old name of `python -m engine.evaluation.probes.compare`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.evaluation.compare", "engine.evaluation.probes.compare")
