"""Stage 3b: fit solvers of few steps to a generator's guided flow; no weight of the generator changes.

A patch's way from noise to latents is solved in many steps once. Then the weights of every step of a short solver are
least squares, code by code: the noise and the estimates of the data so far against the long solution at the step's
end (flow_solver.py; the form is that of Shaul et al. 2024, who fit it by gradients). The times between are searched,
one after the other, if there are few.

Guidance has its default weights: other weights bend the way slightly differently. The search minimises the error
of each code relative to its change from latent to latent, because that is what few steps lose.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor

from engine.contract.errors import CheckpointError, InvalidInputError
from engine.contract.guidance import DEFAULT_GUIDANCE
from engine.model.generator.flow_matching import cosine_grid, flow_path
from engine.model.generator.flow_solver import DataEstimate, FittedSolver, weighted_sum
from engine.model.generator.generator import Generator
from engine.model.generator.guiding import Branches, Plans, SamplerSettings, by_branches, guided_estimate
from engine.model.weights.checkpoint import load_codec, load_generator, load_solvers, save_solvers
from engine.model.weights.hashing import file_sha256
from engine.training.generator.data import Dropout, FeaturePool
from engine.training.generator.student import tasks, velocity_of
from engine.training.loop.options import StageParser

_PATCHES_A_MONTAGE = 24
_SEARCHED = 240
"""Number of patches for the search of the times."""
_MOST_SEARCHED = 5
"""More steps keep the cosine grid's times: their search takes long and gains little."""
_FIRST_MOVE, _LAST_MOVE, _NEAREST = 0.08, 0.01, 0.005
_HELD_BACK = 4
"""Every fourth montage is held back for the figures and is not fitted to."""


@dataclass(frozen=True, eq=False)
class Trajectories:
    """Guided flows of N patches and their ends: `points` (K + 1, N, P, D) at `times` (K + 1,), noise first."""

    generator: Generator
    settings: SamplerSettings
    plans: Plans
    context: Tensor
    times: Tensor
    points: Tensor

    @property
    def noise(self) -> Tensor:
        """Their start, (N, P, D)."""
        return self.points[0]

    @property
    def end(self) -> Tensor:
        """Their end, (N, P, D)."""
        return self.points[-1]

    def at(self, t: float) -> Tensor:
        """Return their positions at a time, on the straight line between two points."""
        after = int((self.times[1:-1] < t).sum()) + 1
        begin, until = float(self.times[after - 1]), float(self.times[after])
        return torch.lerp(self.points[after - 1], self.points[after], (t - begin) / (until - begin))

    @property
    def estimate(self) -> DataEstimate:
        """Estimates from points (N, P, D) at a time where the flow would end if it continued straight."""
        branches = Branches.of(self.plans, self.context, self.settings, self.noise.shape[-1])
        return guided_estimate(by_branches(velocity_of(self.generator)), branches)

    def first(self, count: int) -> "Trajectories":
        """Return the first `count` of them."""
        return replace(self, plans=self.plans.first(count), context=self.context[:count], points=self.points[:, :count])

    def general_end(self, steps: int) -> Tensor:
        """Return the end of a general solver, (N, P, D)."""
        settings = replace(self.settings, steps=steps)
        return flow_path(by_branches(velocity_of(self.generator)), self.plans, self.context, self.noise, settings)[-1]

    def error(self, made: Tensor) -> float:
        """Return how far latents (N, P, D) are from the end.

        It is the root mean square, each code relative to its change from latent to latent.
        """
        change = (self.end[:, 1:] - self.end[:, :-1]).square().mean((0, 1)).clamp(min=1e-8)
        return float(((made - self.end).square().mean((0, 1)) / change).mean().sqrt())

    def change_kept(self, made: Tensor) -> float:
        """Return how much latents change within a patch against the end's: mean over codes of the ratio of spreads."""
        own, true = ((x[:, 1:] - x[:, :-1]).flatten(0, 1).std(0) for x in (made, self.end))
        return float((own / true.clamp(min=1e-6)).mean())


def main(argv: list[str]) -> None:
    """Run `train solver`."""
    parser = StageParser(prog="train solver", description=__doc__)
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--checkpoint", type=Path, required=True, help="its folder; gets solver.safetensors")
    parser.add_argument("--steps", type=int, nargs="+", default=[3, 4, 5, 6, 7, 8])
    parser.add_argument("--montages", type=int, default=40, help=f"of {_PATCHES_A_MONTAGE} patches each")
    parser.add_argument("--reference-steps", type=int, default=48)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args(argv)
    if min(args.steps) < 2 or args.montages < _HELD_BACK:
        raise InvalidInputError(f"A solver needs at least two steps and at least {_HELD_BACK} montages.")
    torch.set_num_threads(args.threads)
    codec = load_codec(args.checkpoint / "codec.safetensors")
    generator = load_generator(args.checkpoint / "generator.safetensors")
    if generator.spec.distilled_steps:
        raise InvalidInputError(f"{args.checkpoint} has no generator with a flow: use the one before 'train distil'.")
    settings = SamplerSettings.on(codec, args.reference_steps, replace(DEFAULT_GUIDANCE, without_history=0.0))
    pool = FeaturePool(args.runs / "features").narrow_to(generator.spec)
    fitted_to = [n for n in range(args.montages) if n % _HELD_BACK]
    held_back = [n for n in range(args.montages) if n % _HELD_BACK == 0]
    trajectories, validation = (trajectories_of(generator, pool, settings, seeds) for seeds in (fitted_to, held_back))
    few = trajectories.first(_SEARCHED)
    solvers = solvers_so_far(args.checkpoint, generator)
    for steps in sorted(set(args.steps)):
        solver, _ = fit(trajectories, searched(few, steps))
        general = validation.general_end(steps)
        with torch.no_grad():
            own = solver.path(validation.estimate, validation.noise)[-1]
        times = ", ".join(f"{float(t):.3f}" for t in solver.times)
        print(
            f"{steps} steps at {times}: error {validation.error(own):.3f} (general {validation.error(general):.3f}), "
            f"change kept {validation.change_kept(own):.3f} ({validation.change_kept(general):.3f})",
            flush=True,
        )
        if validation.error(own) >= validation.error(general):
            print(f"{steps} steps: the general solver is as near and stays", flush=True)
            continue
        solvers[steps] = solver
        save_solvers(
            args.checkpoint, solvers, note=f"{len(trajectories.noise)} patches, {args.reference_steps} steps solved"
        )


def solvers_so_far(folder: Path, generator: Generator) -> dict[int, FittedSolver]:
    """Return the solvers of other numbers of steps that stay in a folder; those of earlier weights do not."""
    try:
        return load_solvers(folder, generator, file_sha256(folder / "generator.safetensors"))
    except CheckpointError as error:
        print(f"{error} They are fitted again.", flush=True)
        return {}


def trajectories_of(
    generator: Generator, pool: FeaturePool, settings: SamplerSettings, seeds: Sequence[int]
) -> Trajectories:
    """Return the trajectories of patches of as many montages, one per seed, solved in `settings.steps` steps."""
    plans, contexts, noises = [], [], []
    for seed in seeds:
        g = torch.Generator().manual_seed(seed)
        patches, conditions = pool.draw(1, g, Dropout())
        own, context = tasks(generator, patches, conditions, _PATCHES_A_MONTAGE, g, 1)
        plans.append(own)
        contexts.append(context)
        noises.append(torch.randn(len(context), *patches.shape[2:], generator=g))
    joined, context = Plans.joined(plans), torch.cat(contexts)
    with torch.no_grad():
        points = flow_path(by_branches(velocity_of(generator)), joined, context, torch.cat(noises), settings)
    times = cosine_grid(settings.steps, context.device)
    return Trajectories(generator, settings, joined, context, times, torch.stack(points))


def searched(trajectories: Trajectories, steps: int) -> list[float]:
    """Return the times from 0 to 1 whose fitted solver ends nearest, found by moving one after the other."""
    times: list[float] = cosine_grid(steps, trajectories.noise.device).tolist()
    if steps > _MOST_SEARCHED:
        return times
    best, move = trajectories.error(fit(trajectories, times)[1]), _FIRST_MOVE
    while move > _LAST_MOVE:
        moved = False
        for k in range(1, steps):
            for step in (move, -move):
                tried = [*times[:k], times[k] + step, *times[k + 1 :]]
                if any(b - a < _NEAREST for a, b in pairwise(tried)):
                    continue
                if (error := trajectories.error(fit(trajectories, tried)[1])) < best:
                    times, best, moved = tried, error, True
                    break
        if not moved:
            move /= 2
    return times


@torch.no_grad()
def fit(trajectories: Trajectories, times: Sequence[float]) -> tuple[FittedSolver, Tensor]:
    """Return the solver with these times whose every point is nearest to the trajectories, and its end."""
    at = torch.tensor(times, device=trajectories.noise.device)
    terms, point, rows = [trajectories.noise], trajectories.noise, []
    for now, then in pairwise(at):
        terms.append(trajectories.estimate(point, now))
        row = least_squares(terms, trajectories.at(float(then)))
        point = weighted_sum(terms, row)
        rows.append(torch.cat([row, row.new_zeros(len(at) - len(row), row.shape[1])]))
    return FittedSolver(at, torch.stack(rows)), point


def least_squares(terms: Sequence[Tensor], wanted: Tensor) -> Tensor:
    """Return the weights (K, D) of K terms (N, P, D) whose sum is nearest to what is wanted (N, P, D), code by code."""
    a = torch.stack([term.flatten(0, 1).T for term in terms], dim=-1).double()
    b = wanted.flatten(0, 1).T[..., None].double()
    weights: Tensor = torch.linalg.lstsq(a, b).solution[..., 0]
    return weights.T.to(wanted.dtype)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
