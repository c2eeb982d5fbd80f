"""The old name of `python -m engine.evaluation.probes.schedule`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.evaluation.schedule_eval", "engine.evaluation.probes.schedule")
