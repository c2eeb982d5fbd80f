"""Alternative names of sounds for captions, besides their class and label.

There are many for the classes with the most data, so that the model learns a class and not a word. No word of the
thirty prompts in the text evaluation (engine/evaluation/probes/text_prompts.py) is among them; a test checks it.
"""

from typing import Final

SOUND_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "dog": (
        "dog barking", "barking dog", "dog", "a dog barks", "a puppy barking", "a mutt barking at the door",
        "a guard dog growling and barking", "a watchdog raising the alarm", "a poodle barking",
        "a collie barking outside", "hunting dogs baying", "canine barks", "bow-wow", "a german shepherd barking",
        "a beagle howling", "man's best friend barking", "a dog going ruff ruff",
    ),
    "rain": (
        "rain", "rain falling", "heavy rain", "rainfall", "rain pouring", "raindrops on leaves", "drizzle",
        "torrential rain", "a rainstorm", "precipitation", "raindrops tapping a window", "it is pouring",
        "wet weather", "monsoon rain", "droplets hitting tin", "rain drumming on a tent", "a deluge",
        "water falling from the sky", "a rainy day",
    ),
    "sea waves": (
        "sea waves", "ocean waves", "the sea", "waves on a beach", "surf", "breakers rolling in",
        "waves crashing on rocks", "the ocean", "surf breaking on a beach", "the seashore at ebb",
        "rollers breaking", "waves hitting cliffs", "salt water surging", "the beach", "an ocean bay",
        "Atlantic breakers", "the sea coming in",
    ),
    "clock ticking": (
        "clock ticking", "ticking clock", "clock", "tick tock", "tick-tock", "a wall clock", "an alarm clock ticking",
        "a mantel clock", "a pocket watch ticking", "clockwork", "a mechanical watch", "the ticking of time",
        "a kitchen clock", "a stopwatch running", "an old clock in the hall", "a cuckoo clock ticking", "a watch",
    ),
    "car engine": (
        "car engine", "engine running", "engine", "idling motor", "a car", "a car idling", "a motor running",
        "a revving motor", "a vehicle accelerating", "a truck engine", "driving a car", "a sedan driving by",
        "a race car", "a diesel motor", "an engine starting", "a car passing by", "a pickup truck on the road",
        "a roaring V8", "motor traffic",
    ),
    "fire": (
        "fire", "crackling fire", "campfire", "fire burning", "flames crackling", "burning wood",
        "wood burning in a fireplace", "a fireplace", "embers popping", "a wood stove", "kindling snapping",
        "an inferno", "twigs burning", "firewood crackling", "a fireside", "flames",
    ),
    "helicopter": (
        "helicopter", "helicopter rotor", "a helicopter flying", "rotor blades", "a rotorcraft", "a rescue helicopter",
        "a police helicopter", "whirring rotors", "helicopter blades slapping the air", "a gunship in flight",
        "an air ambulance", "a copter flying", "a heli coming in to land",
    ),
    "chainsaw": (
        "chainsaw", "chainsaw cutting wood", "a lumberjack cutting a tree", "a logger sawing trees", "a petrol saw",
        "a power saw revving", "cutting down trees", "a motor saw in the woods", "sawing trunks with a motor",
        "an arborist at work with a saw", "a woodcutter with a machine",
    ),
    "baby crying": (
        "baby crying", "crying baby", "infant crying", "an infant bawling", "a crying child", "a baby screaming",
        "a hungry baby", "a fussy infant", "a little one weeping", "a tiny child in tears", "a baby in distress",
        "a whimpering baby", "a crib with a crying baby", "a babe in arms crying",
    ),
    "rooster": (
        "rooster", "rooster crowing", "cock crowing", "cock-a-doodle-doo", "a crowing cock", "a farmyard cock crowing",
        "poultry crowing", "a bantam crowing", "a farm rooster in the morning", "chanticleer", "a male chicken",
    ),
    "sneeze or cough": (
        "sneeze", "person sneezing", "cough", "someone sneezing", "a coughing fit", "sneezing from a cold",
        "a person with a cold", "a man coughs", "a woman sneezes", "a sick person coughing", "allergic sneezing",
        "bless you", "a throat being cleared",
    ),
    "wind": (
        "wind", "wind blowing", "howling wind", "gusts", "a breeze", "stormy wind", "a blustery day",
        "wind in the trees", "air howling around a house", "strong gusts of wind", "a draught whistling",
        "a hurricane", "a blizzard",
    ),
    "birdsong": (
        "birdsong", "birds singing", "bird chirping", "songbirds", "a blackbird singing", "birds chirping in trees",
        "tweeting birds", "a nightingale", "a warbler", "finches chirping", "a canary singing", "birds in a garden",
        "morning birds", "little birds cheeping", "a thrush",
    ),
    "night ambience": ("night ambience", "night with crickets", "quiet night"),
    "nature ambience": ("nature ambience", "forest ambience", "outdoor ambience"),
    "footsteps": (
        "footsteps", "someone walking", "steps", "walking on gravel", "shoes on a wooden floor", "heels clicking",
        "a person walking", "steps on stairs", "someone running", "a jogger", "tramping feet", "sneakers on tiles",
        "footfalls", "pacing up and down", "marching feet", "a hiker on a path",
    ),
    "thunder": (
        "thunder", "thunderstorm", "rolling thunder", "a thunderclap", "rumbling thunder", "lightning striking",
        "a thunderbolt", "a storm with thunder", "an electrical storm", "a rumbling storm", "claps of thunder",
    ),
    "bell": (
        "bell", "church bell", "bell ringing", "church bells ringing", "a bell tolling", "a chapel bell",
        "a bell tower", "tower chimes", "a school bell", "a handbell", "the belfry", "bells of the village church",
        "a ship's bell", "ding dong",
    ),
    "cricket": (
        "cricket", "crickets chirping", "a field cricket", "chirping insects", "grasshoppers", "cicadas",
        "insects on a summer evening", "bugs chirring in the grass", "nocturnal insects", "crickets at night",
    ),
    "big cat": ("big cat", "a lion roaring", "a tiger growling", "a leopard", "a panther roaring", "a lioness"),
}  # fmt: skip
"""Class to names."""
