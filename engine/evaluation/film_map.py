"""The old name of `python -m engine.evaluation.probes.film_map`."""

from engine.files.renamed import run_renamed

if __name__ == "__main__":
    run_renamed("engine.evaluation.film_map", "engine.evaluation.probes.film_map")
