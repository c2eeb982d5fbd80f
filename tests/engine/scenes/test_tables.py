"""The second pack: rules make sounds of its file names, families stay together, doubtful files are left out."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from engine.contract.errors import InvalidInputError, MediaError
from engine.evaluation.probes.text_prompts import TEXT_PROMPTS, known_words
from engine.model.weights.checkpoint import load_model
from engine.scenes.sound_bank import is_held_out, load_sound_bank, lows_db, recording_group
from engine.scenes.tables.clips import read_clip
from engine.scenes.tables.labels import family_of, labelled, rules
from engine.scenes.tables.rows import second_pack_line, second_rows, sound_rows
from tests.engine.scenes.small_data import write_sounds

HEAD = "path\tlabel\tlicence\tsource\tseconds\tsample_rate_of_source\tchannels_of_source\tyamnet_top3\n"
SECOND = {
    "0ad/actor/fauna/animal/cattle_01": "Cattle, bovinae; Moo; Animal",
    "0ad/actor/fauna/animal/cattle_02": "Moo; Animal; Groan",
    "0ad/actor/fauna/animal/cattle_03": "Vehicle horn, car horn, honking; Animal; Groan",
    "0ad/actor/singlesteps/fs_wood_3": "Knock; Door; Insect",
    "0ad/interface/select/building/sel_house": "Cash register; Mechanisms; Keys jangling",
    "elsewhere/noise": "White noise; Noise; Hiss",
}


def with_second_pack(folder: Path) -> Path:
    """Write the small sounds, and six clips of the second pack."""
    write_sounds(folder)
    rng = np.random.default_rng(1)
    lines = []
    for name, heard in SECOND.items():
        path = folder / "sounds2" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * rng.normal(size=24_000), 48_000)
        lines.append(f"sounds2/{name}.wav\tx\tCC0-1.0\tthere\t0.5\t44100\t1\t{heard}\n")
    (folder / "sounds2.tsv").write_text(HEAD + "".join(lines))
    return folder


def row(name: str, heard: str = "") -> dict[str, str]:
    return {"path": f"sounds2/{name}.opus", "source": "there", "yamnet_top3": heard}


def test_the_second_pack_joins_the_first(tmp_path: Path) -> None:
    write_sounds(tmp_path / "first")
    with_second_pack(tmp_path / "both")
    first = load_sound_bank(tmp_path / "first", tmp_path / "cache")
    both = load_sound_bank(tmp_path / "both", tmp_path / "cache")
    assert both.sounds[: len(first.sounds)] == first.sounds
    joined = both.sounds[len(first.sounds) :]
    assert [(s.sound_class, s.label, s.kind) for s in joined] == [
        ("cow", "cow mooing", "point"),
        ("cow", "cow mooing", "point"),
        ("footsteps", "footsteps on wood", "point"),
    ]
    assert np.abs(both.wave(joined[2])).std() > 0.01


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    data = with_second_pack(tmp_path)
    assert second_pack_line(data) == (
        "sounds2.tsv: 3 of 6 clips are used, left out are 1: the tagger hears something else; "
        "1: signals made of several sounds; 1: no rule is about this file"
    )
    (data / "sounds2.tsv").unlink()
    assert second_pack_line(data) == ""
    assert second_rows(data) == []


def test_a_changed_pack_is_decoded_again(tmp_path: Path) -> None:
    data = with_second_pack(tmp_path / "data")
    before = load_sound_bank(data, tmp_path / "cache")
    (data / "sounds2.tsv").unlink()
    assert len(load_sound_bank(data, tmp_path / "cache").sounds) == len(before.sounds) - 3


def test_takes_of_one_event_are_on_one_side() -> None:
    assert family_of("0ad/attack/weapon/swordhit_12a.opus") == family_of("0ad/attack/weapon/swordhit_3.opus")
    assert family_of("mineclone5/lightning_thunder.1.opus") == family_of("mineclone5/lightning_thunder.2.opus")
    assert family_of("a/mstep110.opus") == family_of("a/mstep115.opus") != family_of("a/step.opus")
    names = [f"0ad/actor/singlesteps/fs_gravel_{n}" for n in range(40)]
    groups = {recording_group(labelled(row(name))) for name in names}
    assert len(groups) == 1
    assert len({is_held_out(group) for group in groups}) == 1
    # One place's birds, and the waves of one shore, have several names.
    assert recording_group(labelled(row("0ad/ambient/dayscape/day_temperate_11", "Bird"))) == recording_group(
        labelled(row("0ad/ambient/dayscape/day_temperate_gen_01", "Bird"))
    )


def test_the_tagger_has_a_veto_only_if_the_rule_asks() -> None:
    assert labelled(row("0ad/actor/fauna/animal/lion_attack1", "Roaring cats (lions, tigers); Roar"))["class"]
    assert labelled(row("0ad/actor/fauna/animal/lion_attack1", "Vehicle; Car"))["class"] == ""
    assert labelled(row("0ad/actor/fauna/animal/lion_attack1"))["why"] == "the tagger hears something else"
    assert labelled(row("0ad/actor/human/movement/hstep_dirt_MN1", "Explosion; Fireworks"))["class"] == "footsteps"


def test_every_rule_is_whole_and_within_the_vocabulary() -> None:
    known = load_model().sounds
    assert known is not None
    names = set(known.names)
    assert len(rules()) > 80
    for rule in rules():
        assert bool(rule.why) != bool(rule.sound_class), rule.pattern
        if rule.sound_class:
            assert rule.kind in ("point", "ambience"), rule.pattern
            assert rule.label, rule.pattern
            assert rule.sound_class in names, rule.pattern
    # What judges the model must be new words to it.
    assert known_words(TEXT_PROMPTS, [rule.label for rule in rules()]) == {}


def test_no_rule_is_hidden_by_an_earlier_one() -> None:
    """A pattern that begins with an earlier one that ends in a star is never reached."""
    patterns = [rule.pattern for rule in rules()]
    for index, pattern in enumerate(patterns):
        hiding = [p for p in patterns[:index] if p.count("*") == 1 and p.endswith("*") and pattern.startswith(p[:-1])]
        assert hiding == [], pattern


def test_rain_without_lows_is_not_trusted(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(size=48_000)
    spectrum = np.fft.rfft(noise)
    spectrum[:400] = 0
    thin = np.fft.irfft(spectrum, 48_000)
    assert lows_db(noise) == pytest.approx(10 * np.log10(100 / 24_000), abs=1.0)
    assert lows_db(thin) < -60
    for name, wave in (("full", noise), ("thin", thin)):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * wave, 48_000, subtype="FLOAT")
    lines = [f"{n}.wav\t{n}\t{c}\tpoint\ts\n" for n, c in (("full", "rain"), ("thin", "rain"), ("thin", "bell"))]
    (tmp_path / "sounds.tsv").write_text("path\tlabel\tclass\tkind\tsource\n" + "".join(lines))
    bank = load_sound_bank(tmp_path, tmp_path / "cache")
    assert [sound.trusted for sound in bank.sounds] == [True, False, True]


def test_clocks_are_learned_without_the_rumble_of_their_recordings(tmp_path: Path) -> None:
    """The rumble of a room or a hand hides ticks; a clip that is mostly rumble is no good clock even without it."""
    rng = np.random.default_rng(0)
    ticks = np.zeros(96_000)
    ticks[::24_000] = 1.0
    ticks = np.convolve(ticks, rng.normal(size=480) * np.exp(-np.arange(480) / 80))[:96_000]
    rumble = np.sin(2 * np.pi * 50 * np.arange(96_000) / 48_000)
    quiet = ticks + 0.2 * np.std(ticks) * rumble / np.std(rumble)
    loud = ticks + 2.0 * np.std(ticks) * rumble / np.std(rumble)
    for name, wave in (("quiet", quiet), ("loud", loud)):
        soundfile.write(tmp_path / f"{name}.wav", 0.1 * wave, 48_000, subtype="FLOAT")
    wanted = (("quiet", "clock ticking"), ("loud", "clock ticking"), ("loud", "door"))
    lines = [f"{n}.wav\t{n}\t{c}\tpoint\ts\n" for n, c in wanted]
    (tmp_path / "sounds.tsv").write_text("path\tlabel\tclass\tkind\tsource\n" + "".join(lines))
    bank = load_sound_bank(tmp_path, tmp_path / "cache")
    assert [sound.trusted for sound in bank.sounds] == [True, False, True]
    lows = [lows_db(bank.wave(sound)) for sound in bank.sounds]
    assert max(lows[:2]) < -20
    assert lows[2] == pytest.approx(lows_db(loud), abs=0.2), "a door keeps its lows"


def test_a_clip_that_libsndfile_refuses_is_read_by_ffmpeg(tmp_path: Path) -> None:
    tone = (0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)
    path = tmp_path / "tone.mka"
    with av.open(str(path), "w", format="matroska") as out:
        stream = out.add_stream("libopus", rate=48_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(tone[None], "flt", "mono")
        frame.sample_rate = 48_000
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(path)
    wave = read_clip(path)
    assert wave.shape[1] == 1
    assert wave.shape[0] == pytest.approx(48_000, abs=1_000)
    assert np.sqrt(np.mean(wave**2)) == pytest.approx(0.3 / 2**0.5, rel=0.05)


def test_bad_clips_and_tables_are_told(tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"RIFF")
    with pytest.raises(MediaError, match=r"no\.wav cannot be read .*repair"):
        read_clip(tmp_path / "no.wav")
    soundfile.write(tmp_path / "low.wav", np.zeros(100), 22_050)
    with pytest.raises(MediaError, match=r"low\.wav is at 22050 Hz"):
        read_clip(tmp_path / "low.wav")
    (tmp_path / "sounds.tsv").write_text("path\tlabel\n\tx\n")
    with pytest.raises(InvalidInputError, match="no path in line 2"):
        sound_rows(tmp_path)
    (tmp_path / "sounds.tsv").write_bytes(b"path\n\xff\xfe\n")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        sound_rows(tmp_path)
