"""Prompts in words of everyday life, written before it was known how they are read.

Each has the classes that a reader may give it; the first is the plainest.
"""

from typing import Final

OTHER_WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("a babbling brook", ("water running",)),
    ("a mutt snarling at the postman", ("dog",)),
    ("somebody rapping at the window", ("knock",)),
    ("heels clacking on marble", ("footsteps",)),
    ("droplets pelting a tent", ("rain",)),
    ("a jumbo taking off", ("aeroplane",)),
    ("a tot throwing a tantrum", ("baby crying", "scream")),
    ("a choir of toads in a pond", ("frog",)),
    ("a moggy mewing for food", ("cat",)),
    ("fingers clattering over a laptop", ("typing",)),
    ("nuptial bells over the village", ("bell",)),
    ("a stallion cantering over cobbles", ("hoof steps", "horse or donkey")),
    ("a log crackling in the stove", ("fire",)),
    ("a gale blowing through the trees", ("wind",)),
    ("a lightning bolt splitting the heavens", ("thunder",)),
    ("an articulated lorry climbing a hill", ("truck or bus",)),
    ("a fire engine hurrying to an emergency", ("siren or alarm",)),
    ("spectators roaring in a stadium", ("crowd", "applause")),
    ("mallards on the lake", ("duck or goose",)),
    ("cicadas in the midday heat", ("cricket",)),
    ("a bumblebee on a blossom", ("buzzing insect",)),
    ("a chap clearing his throat", ("sneeze or cough",)),
    ("a chopper circling the hospital", ("helicopter",)),
    ("a Harley pulling away", ("motorcycle",)),
    ("crockery smashing on tiles", ("glass", "clatter")),
    ("a handsaw going through a plank", ("saw or power tool",)),
    ("gulls squabbling over chips", ("seagull",)),
    ("a streetcar rattling past", ("train",)),
    ("arpeggios on a six-string", ("guitar",)),
    ("a rusty gate swinging open", ("creak", "door", "squeak")),
)
"""Written before the table of words was extended, by the same hand."""

UNSEEN_WORDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("a corgi pestering the cat next door", ("dog",)),
    ("puddles forming under a grey sky", ("rain",)),
    ("surfers waiting for the big one", ("sea waves",)),
    ("marshmallows toasting over glowing coals", ("fire",)),
    ("granny's carriage clock on the mantelpiece", ("clock ticking",)),
    ("an aircrew winching a climber from a ledge", ("helicopter",)),
    ("an orchardist pruning with a petrol saw", ("chainsaw",)),
    ("a teething child in the next room", ("baby crying",)),
    ("someone with a cold blowing their nose", ("sneeze or cough",)),
    ("sentries pacing up and down the courtyard", ("footsteps",)),
    ("the campanile striking twelve", ("bell",)),
    ("a Ferrari revving at the lights", ("car engine",)),
    ("jays and chaffinches in the hedge", ("birdsong",)),
    ("a mistral rattling the shutters", ("wind",)),
    ("a summer storm grumbling on the horizon", ("thunder",)),
    ("kettledrums before the overture", ("drum",)),
    ("a Labrador shaking itself dry", ("dog",)),
    ("a Siamese begging for tuna", ("cat",)),
    ("a Steinway in an empty concert hall", ("piano",)),
    ("commuters boarding the express", ("train", "crowd")),
    ("a bulldozer levelling the plot", ("truck or bus", "machine hum")),
    ("champagne flutes at a toast", ("glass",)),
    ("sawdust flying in the joiner's workshop", ("saw or power tool",)),
    ("a heron taking flight from the reeds", ("wing flapping", "large bird")),
    ("trainees on a firing range", ("gunshot",)),
    ("a courier hammering on the front door", ("knock", "door")),
    ("bacon sizzling in a pan", ("hiss",)),
    ("teenagers giggling at a joke", ("laughter",)),
    ("a leaky faucet at midnight", ("water running", "water splash")),
    ("a ferry announcing its departure", ("train or ship horn", "boat")),
)
"""Written after the table of words, which was never changed for these."""
