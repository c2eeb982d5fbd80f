import numpy as np
import pytest

from engine.contract.generation import PatchRequest, PatchResult
from engine.evaluation.probes.prompts import CLASS_PROMPTS, evaluate_prompts
from engine.evaluation.taggers.tagging import AUDIOSET_NAMES, PROMPT_CLASSES
from tests.engine.evaluation.bench_fakes import PlaneWaveSource


class ToneSource(PlaneWaveSource):
    """A tone for each class, quieter for some; silence for one."""

    def next_patch(self, request: PatchRequest) -> PatchResult:
        result = super().next_patch(request)
        index = next(i for i, c in enumerate(PROMPT_CLASSES) if request.prompt.text in CLASS_PROMPTS[c])
        t = np.arange(result.samples.shape[1]) / 48_000
        level = 0.0 if index == 4 else 0.3 / (index + 1)
        result.samples[:] = level * np.sin(2 * np.pi * 500 * (index + 1) * t)
        return result


class ToneTagger:
    """Hears which tone it is, if it is loud enough."""

    class_names = tuple(AUDIOSET_NAMES[c][0] for c in PROMPT_CLASSES) + tuple(
        name for c in PROMPT_CLASSES for name in AUDIOSET_NAMES[c][1:]
    )

    def mean_scores(self, mono: np.ndarray, rate_hz: int) -> np.ndarray:
        scores = np.zeros(len(self.class_names))
        if np.sqrt(np.mean(mono**2)) > 0.09:
            hz = np.argmax(np.abs(np.fft.rfft(mono))) * rate_hz / mono.size
            scores[round(hz / 500) - 1] = 0.9
        return scores


def test_what_sounds_right_is_counted_and_silence_is_not() -> None:
    heard: list[float] = []
    source = ToneSource()
    table = evaluate_prompts(source, ToneTagger(), takes_a_class=3, seconds=0.32, progress=heard.append)
    assert table.accuracy == pytest.approx(0.8)
    assert table.counts[4, -1] == 3
    assert len(set(source.seeds)) == 15
    assert heard[-1] == 1.0
