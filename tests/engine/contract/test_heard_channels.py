from engine.contract.conventions import AcnChannel
from engine.contract.heard_channels import EVERY_CHANNEL, HeardChannels

W, Y, Z, X = AcnChannel


def test_everything_is_heard_at_first_and_nothing_is_said():
    assert EVERY_CHANNEL.is_whole
    assert EVERY_CHANNEL.gains == (1.0, 1.0, 1.0, 1.0)
    assert EVERY_CHANNEL.sentence == ""


def test_a_solo_leaves_the_others_out_and_a_mute_is_stronger():
    solo = EVERY_CHANNEL.with_solo(X, True)
    assert solo.gains == (0.0, 0.0, 0.0, 1.0)
    assert solo.with_solo(Y, True).gains == (0.0, 1.0, 0.0, 1.0)
    assert solo.with_mute(X, True).gains == (0.0, 0.0, 0.0, 0.0)
    assert solo.with_solo(X, False) == EVERY_CHANNEL


def test_the_sentence_names_what_is_heard_in_the_order_of_the_meters():
    assert HeardChannels(soloed=frozenset({Y, X})).sentence.startswith("You hear only X and Y.")
    assert HeardChannels(muted=frozenset({Y})).sentence.startswith("You hear only W, X and Z.")
    assert HeardChannels(soloed=frozenset({W})).sentence.startswith("You hear only W.")
    assert HeardChannels(muted=frozenset(AcnChannel)).sentence.startswith("You hear no channel.")
