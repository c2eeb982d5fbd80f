"""The old name of `python -m engine.evaluation.probes.text`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.evaluation.text_eval", "engine.evaluation.probes.text")
