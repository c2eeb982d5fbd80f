"""Two checkpoints, the same takes: a lift is the mean of paired differences, positive for the better."""

import numpy as np
import pytest

from engine.contract.errors import InvalidInputError
from engine.evaluation.probes.compare import compare, lift_of
from tests.engine.evaluation.bench_fakes import PlaneWaveSource


def test_the_lift_is_what_the_later_source_is_nearer() -> None:
    before, after = PlaneWaveSource(off_deg=40.0), PlaneWaveSource(off_deg=10.0)
    lift = compare(before, after, takes=6, seconds=0.3)["direction error, degrees"]
    # The turn is about the vertical: high up it is a smaller angle on the sphere.
    assert 25.0 < lift.lift.value <= 30.1
    assert lift.before == pytest.approx(lift.after + lift.lift.value, abs=1e-6)
    assert lift.lift.low is not None
    assert lift.lift.low > 20.0
    assert before.seeds == after.seeds
    assert "better by +" in lift.format("direction")


def test_every_prompt_and_direction_takes_part() -> None:
    source = PlaneWaveSource()
    lift = compare(source, PlaneWaveSource(), takes=20, seconds=0.16)["direction error, degrees"]
    assert lift.before < 0.5
    assert len({request.prompt.text for request in source.requests}) == 5
    assert len({tuple(np.round(request.direction, 3)) for request in source.requests}) == 4
    assert len(set(source.seeds)) == 20


def test_what_varies_as_much_as_it_gains_shows_nothing() -> None:
    rng = np.random.default_rng(0)
    before = rng.normal(50, 10, 20)
    lift = lift_of(before.tolist(), (before + rng.normal(0, 10, 20)).tolist())
    assert lift.lift.low < 0.0 < lift.lift.high
    steady = lift_of(before.tolist(), (before + 3.0).tolist())
    assert (steady.lift.low, steady.lift.high) == pytest.approx((3.0, 3.0))
    with pytest.raises(InvalidInputError, match="pairs"):
        lift_of([1.0], [1.0, 2.0])
