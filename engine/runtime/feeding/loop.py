"""Fills the pool with the sounds of a scene, nearest ahead of the playhead first, and measures what is not known yet.

Threads: everything here runs in the main thread of the feeder's process; it never waits for another process.
"""

import time
from collections.abc import Callable, Mapping
from typing import Final

from engine.contract.errors import EngineError
from engine.contract.making import SoundPeaks
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineNotice
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.feeding.catalogue import Catalogue
from engine.runtime.feeding.fed_sound import FedSound
from engine.runtime.feeding.inbox import FeedingInbox
from engine.runtime.feeding.peaks import HOP_SAMPLES, Drawing
from engine.runtime.feeding.wanted import SOON_SAMPLES, Use, ahead_samples, pieces_of, stretches, uses
from engine.runtime.processes.scene_messages import ForgetSound, SceneToPlay, SoundsOfScene, TakesUnderWay
from engine.runtime.shared.epochs import take_of
from engine.runtime.shared.sound_pool import PIECE_SAMPLES, PoolWriter, piece_key
from engine.runtime.shared.state import SharedState

_IDLE_S: Final = 0.02
_REST_S: Final = 0.002
"""Between two pieces of work that can wait, so that other processes have their turn."""
_WORK_S: Final = 0.005
_LOOK_S: Final = 0.1
"""How often it is looked whether takes have grown."""
_FED_AT_ONCE: Final = 32
_KEPT_S: Final = 30.0
"""How long a block plays its last take before another one is being made: the model may have to be loaded first."""


class FeedingLoop:
    """Feeds until the inbox says quit. `tell_audio` and `tell` send to the audio process and to the session."""

    def __init__(
        self,
        pool: PoolWriter,
        state: SharedState,
        inbox: FeedingInbox,
        catalogue: Catalogue,
        tell_audio: Callable[[object], None],
        tell: Callable[[object], None],
    ) -> None:
        self._pool, self._state, self._inbox, self._catalogue = pool, state, inbox, catalogue
        self._tell_audio, self._tell = tell_audio, tell
        self._news: SceneToPlay | None = None
        self._under_way: TakesUnderWay | None = None
        self._uses: list[Use] = []
        self._told: dict[int, FedSound] = {}
        self._behind: set[int] = set()
        self._awaited_since_s: dict[int, float] = {}
        self._drawing = Drawing()
        self._wanted: dict[int, tuple[FedSound, int, int]] = {}
        self._wanted_for: tuple[object, ...] = ()
        self._look_due_s = 0.0

    def run(self) -> None:
        """Feed until asked to end."""
        try:
            while not self._inbox.quit.is_set():
                self._inbox.wake.clear()
                if idle_s := self.turn():
                    self._inbox.wake.wait(idle_s)
        finally:
            self._catalogue.close()

    def turn(self) -> float:
        """Do a little; returns how long to wait for news before the next turn."""
        self._take_news()
        if self._news is None or not self._state.wants_scene:
            return _IDLE_S
        epoch, at = self._place()
        self._choose(epoch, at)
        has_fed = self._feed()
        self._tell_sounds()
        if self._is_primed(self._news.scene):
            self._state.publish_primed(epoch, self._news.version)
        if has_fed:
            return 0.0
        return _REST_S if self._measure() else _IDLE_S

    def _place(self) -> tuple[int, int]:
        """Return the wanted take, and the sample of the film that is mixed next."""
        wanted, clock = self._state.wanted_epoch, self._state.clock
        if take_of(clock.epoch) == take_of(wanted):
            return wanted, clock.until_sample
        return wanted, self._state.wanted_start

    def _take_news(self) -> None:
        news, under_way = self._inbox.scene, self._inbox.under_way
        if news is None:
            return
        has_changed = news is not self._news or under_way is not self._under_way
        if not has_changed and time.monotonic() < self._look_due_s:
            return
        self._look_due_s = time.monotonic() + _LOOK_S
        is_other_scene = news is not self._news
        self._news, self._under_way = news, under_way
        take_ids: Mapping[int, str] = {} if under_way is None else under_way.take_ids
        if is_other_scene:
            self._uses = list(uses(news.scene))
        if has_changed or any(not sound.is_whole for sound in self._catalogue.sounds()):
            for number in self._catalogue.update(news.scene, BlockTakes(news.folder), take_ids):
                self._forget(number)
            self._wanted_for = ()

    def _choose(self, epoch: int, at: int) -> None:
        """Choose the pieces that are to be in the pool: by key their sound, number and time until they are heard."""
        assert self._news is not None
        scene, loops = self._news.scene, self._state.loop
        now = (take_of(epoch), at // (PIECE_SAMPLES // 2), loops)
        if now == self._wanted_for:
            return
        self._wanted_for = now
        sounding = [use for use in self._uses if use.span.start < at + PIECE_SAMPLES and use.span.end > at]
        ahead = ahead_samples(self._pool.pieces, len(sounding))
        found: list[tuple[int, bool, int, FedSound, int]] = []
        for stretch in stretches(scene, at, ahead, loops):
            for use in self._uses:
                if use.span.start >= stretch.end or use.span.end <= stretch.start:
                    continue
                for sound in self._sounds_of(use.sound_id):
                    for piece, after in pieces_of(use, stretch):
                        if sound.needs(piece):
                            found.append((after, not use.is_heard, sound.number, sound, piece))
        found.sort(key=lambda entry: entry[:3])
        wanted: dict[int, tuple[FedSound, int, int]] = {}
        for after, _, number, sound, piece in found:
            wanted.setdefault(piece_key(number, piece), (sound, piece, after))
        self._wanted = wanted
        needed = {id(sound) for sound, _, _ in wanted.values()}
        for sound in self._catalogue.sounds():
            if id(sound) not in needed:
                sound.rest()

    def _sounds_of(self, sound_id: int) -> list[FedSound]:
        """Return the sound that an id has, and the one that it still plays until that is ready."""
        target, told = self._catalogue.targets.get(sound_id), self._told.get(sound_id)
        return [sound for sound in dict.fromkeys((target, told)) if sound is not None]

    def _feed(self) -> bool:
        """Put pieces into the pool; returns whether there may be more to do."""
        fed = 0
        for key, (sound, piece, _) in self._wanted.items():
            if self._pool.has(key):
                continue
            try:
                if not sound.has_piece(piece):
                    continue
                samples = sound.piece(piece)
            except EngineError as error:
                self._give_up(sound, error)
                return True
            if not self._pool.put(key, samples, self._wanted):
                return False
            fed += 1
            if fed == _FED_AT_ONCE:
                return True
        return False

    def _tell_sounds(self) -> None:
        """Tell which sounds blocks have. A block gets another one once that can continue where the last one leaves.

        A take that is being made continues there once it has passed the playhead.
        """
        waiting = {sound.number for sound, piece, after in self._wanted.values() if self._lacks(sound, piece, after)}
        self._behind = {
            sound.number
            for sound, piece, after in self._wanted.values()
            if after < SOON_SAMPLES and not sound.has_piece(piece)
        }
        told = self._still_awaited()
        for sound_id, sound in self._catalogue.targets.items():
            before = self._told.get(sound_id)
            is_ready = sound.is_known and sound.number not in waiting
            if before is sound or (is_ready and (before is None or sound.number not in self._behind)):
                told[sound_id] = sound
            elif before is not None:
                told[sound_id] = before
        if told != self._told:
            self._told = told
            self._tell_audio(SoundsOfScene({sound_id: sound.number for sound_id, sound in told.items()}))

    def _still_awaited(self) -> dict[int, FedSound]:
        """Return the last sounds of blocks whose take is not being made yet: it is asked for in a moment."""
        awaited, now_s = self._catalogue.awaited & self._told.keys(), time.monotonic()
        self._awaited_since_s = {sound_id: self._awaited_since_s.get(sound_id, now_s) for sound_id in awaited}
        return {
            sound_id: self._told[sound_id]
            for sound_id, since_s in self._awaited_since_s.items()
            if now_s < since_s + _KEPT_S
        }

    def _lacks(self, sound: FedSound, piece: int, after: int) -> bool:
        return after < SOON_SAMPLES and not self._pool.has(piece_key(sound.number, piece)) and sound.has_piece(piece)

    def _is_primed(self, scene: Scene) -> bool:
        """Return whether all that can be heard at the start is known and there."""
        if any(self._lacks(*entry) for entry in self._wanted.values()):
            return False
        _, at = self._place()
        return all(
            self._is_told(use.sound_id)
            for use in self._uses
            if use.is_heard and use.span.start < at + SOON_SAMPLES and use.span.end > at
        )

    def _is_told(self, sound_id: int) -> bool:
        """Whether a block plays its sound, or its last one until that has passed the playhead."""
        target, told = self._catalogue.targets.get(sound_id), self._told.get(sound_id)
        return target is None or told is target or (told is not None and target.number in self._behind)

    def _measure(self) -> bool:
        """Measure sounds for some milliseconds, those that are heard next first; returns whether to go on at once."""
        until_s = time.perf_counter() + _WORK_S
        for sound in self._by_nearness():
            try:
                while sound.step():
                    if time.perf_counter() >= until_s:
                        self._tell_news(sound)
                        return True
                if self._tell_news(sound):
                    return True
            except EngineError as error:
                self._give_up(sound, error)
                return True
        return False

    def _tell_news(self, sound: FedSound) -> bool:
        """Tell what is new about a sound; returns whether there was anything."""
        news = sound.news()
        for message in news:
            self._tell_audio(message)
        peaks = self._drawing.news(sound, time.monotonic())
        if peaks is not None:
            self._tell(SoundPeaks(sound.source, peaks, HOP_SAMPLES))
        return bool(news)

    def _by_nearness(self) -> list[FedSound]:
        _, at = self._place()
        away: dict[int, tuple[int, FedSound]] = {}
        for use in self._uses:
            sound = self._catalogue.targets.get(use.sound_id)
            if sound is None or (sound.is_whole and sound.is_known):
                continue
            distance = use.span.start - at if use.span.start > at else (0 if use.span.end > at else 2**40)
            if sound.number not in away or distance < away[sound.number][0]:
                away[sound.number] = distance, sound
        return [sound for _, sound in sorted(away.values(), key=lambda entry: entry[0])]

    def _give_up(self, sound: FedSound, error: EngineError) -> None:
        self._forget(self._catalogue.give_up(sound, error))
        self._told = {sound_id: other for sound_id, other in self._told.items() if other is not sound}
        self._tell_audio(SoundsOfScene({sound_id: other.number for sound_id, other in self._told.items()}))
        self._wanted_for, self._wanted = (), {}

    def _forget(self, number: int) -> None:
        self._told = {sound_id: sound for sound_id, sound in self._told.items() if sound.number != number}
        self._pool.drop(number)
        self._drawing.forget(number)
        self._tell_audio(ForgetSound(number))


def sentence_of(message: str) -> EngineNotice:
    """Return a notice about a sound that cannot be read."""
    return EngineNotice(f"{message} It is silent.", topic=f"sound {message[:80]}")
