"""The generator: history encoder, causal LM and LocDiT over the latents of a FOA-VAE (paper, "The idea")."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from engine.model.conditioning.conditions import ConditionEmbedding, Conditions
from engine.model.generator.causal_lm import CausalLm, LmState
from engine.model.generator.compiled_passes import CompiledPasses
from engine.model.generator.few_step import FewStepSampler
from engine.model.generator.flow_matching import flow_path
from engine.model.generator.flow_solver import FittedSolver
from engine.model.generator.guiding import BRANCH_TENSORS, Branches, Placing, Plans, SamplerSettings, by_branches
from engine.model.generator.history_encoder import HistoryEncoder
from engine.model.generator.level_echo import (
    Due,
    EchoState,
    LevelEcho,
    advanced_echo,
    due_next,
    features,
    initial_echo,
)
from engine.model.generator.local_dit import CONTEXT_PATCHES, LocalDit
from engine.model.specs import GeneratorSpec

_REMEMBERED_TIMES = 200
_PLANS = 2
"""Rows of the language model's state per stream: with the requested condition, and without."""


@dataclass(frozen=True)
class GeneratorState:
    """What B streams remember between patches. They may be of any age.

    `recent` (B, 2P, D) are the last two patches, zeros at the start. `lm` is the language model's state, with two plans
    per stream: with the requested condition, and without. `echo` is what may repeat, None if nothing is
    expected to.
    """

    recent: Tensor
    lm: LmState
    echo: EchoState | None = None


class Generator(nn.Module):
    """Plans with `plan` and `plan_step`, renders with `render_step`.

    `solvers` are those that `training/generator/solver.py` fitted to these weights, by their number of steps.
    `compiled` passes stand in for the modules while a stream plays.
    """

    def __init__(self, spec: GeneratorSpec) -> None:
        super().__init__()
        self.spec = spec
        sizes: dict[str, Any] = {
            "dim": spec.dim,
            "heads": spec.heads,
            "kv_heads": spec.kv_heads,
            "multiplier": spec.multiplier,
        }
        self.conditions = ConditionEmbedding(spec)
        self.history = HistoryEncoder(latent_dim=spec.latent_dim, layers=spec.history_layers, **sizes)
        self.lm = CausalLm(layers=spec.lm_layers, window=spec.window, **sizes)
        self.dit = LocalDit.of(spec)
        self.echo = LevelEcho(spec.echo_code, spec.dim) if spec.echo_code >= 0 else None
        self._few_step = FewStepSampler(self.dit) if spec.distilled_steps else None
        self.solvers: dict[int, FittedSolver] = {}
        self.compiled: CompiledPasses | None = None
        self._modulations: dict[float, Tensor] = {}

    def clear_cache(self) -> None:
        """Forget the modulations of flow times that were rendered; needed after a change of weights or precision."""
        self._modulations.clear()
        if self._few_step is not None:
            self._few_step.clear_cache()

    def plan(self, history: Tensor, conditions: Conditions, seen: Tensor | None = None) -> Tensor:
        """Return h (B, T, dim) of every patch by teacher forcing from all patches of latents (B, T, P, D).

        Patch t sees only the patches before t: the history is shifted by one, the start token comes first. If `seen`
        (B, T) is 0, a patch has the start token in place of the previous patch.
        """
        tokens = self.history(history[:, :-1])
        start = self.history.start_token(history.shape[0]).to(tokens.dtype)
        tokens = torch.cat([start, tokens], dim=1)
        expected = None if self.echo is None else features(self.echo.levels_before_each(history))
        if self.echo is not None and expected is not None:
            expected = expected if seen is None else expected * seen[..., None]
            tokens = tokens + self.echo.token(expected)
        if seen is not None:
            tokens = torch.where(seen[..., None] > 0, tokens, start)
        tokens = tokens + self.conditions.additive(conditions)
        h = self.lm.whole(tokens, self.conditions.memory(conditions))
        return h if self.echo is None or expected is None else h + self.echo.plan(expected)

    def initial_state(self, batch: int) -> GeneratorState:
        """Return the state of B streams before their first patch."""
        like = self.history.start
        recent = like.new_zeros(batch, CONTEXT_PATCHES * self.spec.patch_latents, self.spec.latent_dim)
        echo = initial_echo(batch, self.spec.latent_dim, like) if self.spec.kept_code >= 0 else None
        return GeneratorState(recent, self.lm.initial_state(batch, _PLANS, like), echo)

    def for_other_words(self, state: GeneratorState, steady: float | None = None) -> GeneratorState:
        """Return the state of B streams from which other sounds are asked: what they made so far need not repeat.

        `steady` says how far those sounds keep a beat, 0 to 1; None if that is not known.
        """
        if state.echo is None:
            return state
        begun = self.initial_state(state.recent.shape[0]).echo
        if begun is not None and steady is not None:
            begun = replace(begun, steady=torch.full_like(begun.steady, steady))
        return replace(state, echo=begun)

    def plan_step(
        self,
        conditions: Conditions,
        state: GeneratorState,
        *,
        film: Tensor | None = None,
        without_history: bool = False,
    ) -> tuple[Plans, LmState]:
        """Return the plans of the next patch of B streams and the language model's new state.

        `conditions` (B, 1, ...) hold one patch. `film` (B, 1, dim) is the embedding of the film, if it is known: then
        the conditions' own features are not read. With `without_history` also the plans of a first patch, for guidance
        without history; they are made in the same pass.
        """
        film = self.film_and_place(conditions.video)[0] if film is None else film
        position, rings = state.lm.position, state.lm.rings.transpose(0, 1).flatten(0, 1)
        rows = position.repeat(_PLANS)
        if without_history:
            rows, rings = torch.cat([rows, torch.zeros_like(rows)]), torch.cat([rings, torch.zeros_like(rings)])
        expected: Tensor | None = None
        told = film.new_zeros(position.shape[0], self.spec.dim)
        if self.echo is not None and state.echo is not None:
            expected = features(self.echo.levels(state.echo.latents)).to(film.dtype)
            told = self.echo.token(expected)
        given = conditions.text, conditions.has_text, conditions.has_video, conditions.direction
        next_plans = self.next_plans if self.compiled is None else self.compiled.plan
        past = state.recent[:, -self.spec.patch_latents :], told, rows, rings
        h, after = next_plans(film, *given, conditions.has_direction, *past)
        kept = after[: _PLANS * position.shape[0]].unflatten(0, (_PLANS, -1)).transpose(0, 1)
        h = self._with_expected(h, expected)
        return Plans(*h.chunk(2 * _PLANS if without_history else _PLANS)), LmState(position + 1, kept)

    def next_plans(
        self,
        film: Tensor,
        text: Tensor,
        has_text: Tensor,
        has_video: Tensor,
        direction: Tensor,
        has_direction: Tensor,
        patch: Tensor,
        told: Tensor,
        rows: Tensor,
        rings: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return h (R, dim) of the next patch and the new rings of R rows: two plans of B streams, perhaps twice.

        `film` (B, 1, dim), and the conditions of one patch; `patch` (B, P, D) is the last one, and `told` (B, dim) is
        added to its token. `rows` (R,) are positions, 0 for a first patch, and `rings` (R, L, 2, H, W, D) their past.
        """
        # The film is embedded already: its features are not read again.
        conditions = Conditions(text, has_text, film, has_video, direction, has_direction)
        given = self.conditions.additive_pair(conditions, film)
        memory = self.conditions.memory_pair(conditions)
        token = self.history(patch[:, None]) + told[:, None]
        times = rows.shape[0] // given.shape[0]
        token = torch.where((rows == 0)[:, None, None], self.history.start, token.repeat(_PLANS * times, 1, 1))
        h, after = self.lm.advance(token + given.repeat(times, 1, 1), memory.repeat(times, 1, 1, 1), rows, rings)
        return h[:, 0], after

    def _with_expected(self, h: Tensor, expected: Tensor | None) -> Tensor:
        """Return the plans (n B, dim) of B streams, those with a history with the features (B, F) of their levels."""
        if self.echo is None or expected is None:
            return h
        told = self.echo.plan(expected).repeat(_PLANS, 1)
        return torch.cat([h[: len(told)] + told, h[len(told) :]])

    def film_and_place(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Return what ConditionEmbedding's does of a film's features (B, T, C, 8, 16), by the compiled pass if any."""
        film, where = (self.conditions.film_and_place if self.compiled is None else self.compiled.film)(video)
        return film, where

    def render_step(
        self,
        plans: Plans,
        state: GeneratorState,
        noise: Tensor,
        settings: SamplerSettings,
        placing: Placing | None = None,
    ) -> Tensor:
        """Return the next patch's latents (B, P, D) from its plans and noise (B, P, D).

        They are drawn to what is due, and placed. A distilled LocDiT has its guidance inside: it takes no more
        steps than it has learned, in one branch, and the weights of the settings change nothing.
        """
        due = self.due(state, settings.directed)
        if self._few_step is not None:
            return self._few_step.render(plans, state.recent, noise, settings.steps, due, placing)

        solver = self.solvers.get(settings.steps)
        made = flow_path(self._guided, plans, state.recent, noise, settings, solver, due, placing)[-1]
        return made if placing is None else placing.correct(made)

    def due(self, state: GeneratorState, directed: Sequence[int]) -> Due | None:
        """Return which latents are due if the past repeats; None if the generator expects nothing to.

        `directed` are the codes that are the field's direction.
        """
        if state.echo is None or not bool(state.echo.steady.any()):
            return None
        return due_next(state.echo, self.spec.kept_code, directed)

    def _guided(self, branches: Branches, noisy: Tensor, t: Tensor) -> Tensor:
        """Return the guided velocity at a time that the whole batch shares."""
        guided = self.guided if self.compiled is None or self.compiled.guided is None else self.compiled.guided
        return guided(*branches, noisy, t, self._modulations_at(t))[0]

    def guided(self, *given: Tensor) -> tuple[Tensor]:
        """Return the guided velocity (B, P, D) of the next latents alone.

        `given` are the tensors of branches, the noisy latents (B, P, D), a time (1,) and its modulations (layers, 1, 6
        dim).
        """
        branches, (noisy, t, modulations) = Branches(*given[:BRANCH_TENSORS]), given[BRANCH_TENSORS:]

        def velocity(h: Tensor, context: Tensor, noisy: Tensor, t: Tensor) -> Tensor:
            return self.dit.velocity_of(h, context, noisy, modulations.unbind())

        return (by_branches(velocity)(branches, noisy, t),)

    def _modulations_at(self, t: Tensor) -> Tensor:
        key = float(t)
        if key not in self._modulations:
            if len(self._modulations) > _REMEMBERED_TIMES:
                self._modulations.clear()
            self._modulations[key] = torch.stack(self.dit.modulations(t))
        return self._modulations[key]

    def advanced(self, latents: Tensor, lm: LmState, state: GeneratorState) -> GeneratorState:
        """Return the state after a patch of latents (B, P, D)."""
        echo = None if state.echo is None else advanced_echo(state.echo, latents)
        return GeneratorState(torch.cat([state.recent[:, latents.shape[1] :], latents], dim=1), lm, echo)
