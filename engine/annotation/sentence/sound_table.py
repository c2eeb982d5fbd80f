"""The sounds that a sentence can name: classes with the words for each, and which of them are beds."""

from typing import Final

BEDS: Final = frozenset(
    ("rain", "sea waves", "wind", "water running", "crowd", "nature ambience", "night ambience", "city ambience",
     "room ambience")
)  # fmt: skip
"""Classes that are heard from all around unless a sentence places them."""

WORDS: Final[dict[str, str]] = {
    "aeroplane": (
        "aeroplane airplane plane jet aircraft airliner propeller biplane glider turbine turboprop takeoff runway "
        "fighter bomber seaplane"
    ),
    "applause": "applause clapping ovation applaud clapper encore handclap",
    "baby crying": "baby infant newborn crib wail bawl toddler tot bairn cradle sob weep tantrum pram whimper",
    "bear or other large mammal": "bear hippopotamus rhinoceros grizzly animal growl rhino hippo panda",
    "bell": "bell chime belfry carillon toll cowbell ding belltower steeple peal bellringer handbell clang knell",
    "bicycle": "bicycle bike cyclist spoke pedal cycling freewheel tricycle velodrome",
    "big cat": "lion tiger leopard jaguar panther lioness puma cheetah roar cub lynx",
    "birdsong": (
        "bird songbird lark blackbird nightingale finch sparrow robin chirp tweet warble canary thrush cuckoo quail "
        "sing wren starling swallow warbler tit bluebird twitter trill cheep dawn chorus aviary"
    ),
    "boat": (
        "boat ship rowboat sail submarine sonar ferry hull yacht canoe kayak oar paddle rowing dinghy barge trawler "
        "motorboat mast rigging"
    ),
    "body hit": "punch kick slap flesh thud blow boxing smack thump fist",
    "bow and arrow": "bow archer archery bowstring quiver longbow crossbow",
    "bowling": "bowling pin alley tenpin skittles",
    "breathing": "breathing panting gasp sigh snore wheeze inhale exhale respirator sniff",
    "bubbling liquid": "bubble boil gurgle brew simmer aquarium fizz effervesce percolator stew",
    "buzzing insect": "bee wasp hornet bumblebee mosquito fly swarm hive midge gnat bluebottle drone beehive horsefly",
    "camel or deer": "camel dromedary elk stag moose caribou reindeer roe antelope llama",
    "car engine": (
        "car motor automobile idling rev vehicle driving pass accelerate backfiring v8 coupe sedan saloon hatchback "
        "convertible roadster taxi cab van limousine jeep cruise throttle carburettor exhaust ignition speedway "
        "dragster"
    ),
    "car horn": "horn honk hooter beep toot klaxon",
    "cart or wagon": "cart carriage wheel wheelbarrow trolley pushcart stagecoach",
    "cat": "cat kitten kitty meow purr moggy mew feline tomcat siamese yowl",
    "catapult": "catapult trebuchet",
    "chain rattle": "chain clang shackle manacle links",
    "chainsaw": "chainsaw lumberjack logger petrol arborist forester fell timber",
    "chicken or turkey": "chicken hen cluck gobble poultry chick coop pullet henhouse",
    "city ambience": (
        "city street traffic town downtown urban square metropolis sidewalk avenue boulevard rush-hour junction"
    ),
    "clatter": "clatter rattle plastic dish cutlery crockery pan pot saucepan tray utensils tumble",
    "clicking": "click camera shutter scissors switch gear mouse-click ratchet latch button snap castanets",
    "clock ticking": "clock tock watch pendulum stopwatch clockwork timepiece wristwatch metronome hourglass",
    "coin": "coin cash gold money purse register wallet piggybank till penny pennies jingle change",
    "collapse": (
        "collapse crumble rubble avalanche rockfall landslide falling tree topple cave-in rockslide demolition "
        "landslip ruin"
    ),
    "cow": "cow moo ox bull bison cattle calf bellow yak heifer steer herd buffalo low",
    "creak": "creak hinge squeaky floorboard rusty groaning rocking-chair gangplank",
    "cricket": "cricket grasshopper cicada katydid locust stridulate chirping",
    "crow": "crow raven caw rook jackdaw magpie croaking",
    "crowd": (
        "crowd chatter audience people party cheering restaurant cafe murmur babble spectator stadium arena mob "
        "throng fans football bustle hubbub market marketplace canteen playground"
    ),
    "cymbal or gong": "cymbal hi-hat tam-tam splash-cymbal crash-cymbal",
    "digging": "dig shovel spade hoe soil spadework trench pitchfork earth gravel excavate",
    "dog": (
        "dog puppy hound bark growl terrier poodle beagle collie canine woof mutt labrador spaniel bulldog rottweiler "
        "dachshund chihuahua yap snarl whine pooch doggy greyhound husky yelp"
    ),
    "door": "door gate slam close opening bang doorway wardrobe cupboard hatch lift elevator shut",
    "doorbell": "doorbell telephone phone ring ringtone buzzer intercom handset call",
    "drum": (
        "drum tabla bongo shaker tambourine percussion snare timpani tom-tom conga djembe drummer percussionist beat "
        "kettledrum"
    ),
    "duck or goose": "duck geese quack mallard drake gander gosling duckling swan honking",
    "eating or burping": "eat chew vomit crunch swallow belch munch slurp gulp gobbling apple crisps biscuit bite",
    "electronic zap": "zap laser electric electrical spark electricity taser short-circuit arc ray-gun voltage blaster",
    "elephant": "elephant trumpeting mammoth tusker trunk",
    "explosion": (
        "explosion explode blast bomb detonation rocket boom dynamite grenade mortar cannon detonate tnt burst"
    ),
    "fire": (
        "fire campfire flame burning fireplace crackle bonfire torch match ember hearth blaze stove wildfire smoulder "
        "inferno ignite kindling pyre logs"
    ),
    "fireworks": "firework firecracker rocket-burst pyrotechnics sparkler banger catherine-wheel",
    "footsteps": (
        "footstep step walking running runner jogger stride heel footfall feet boot shoe sneaker sandal stroll march "
        "pedestrian hiker tiptoe stomp trudge jog plod tread climb stair pacing"
    ),
    "footsteps in water": "wade puddle shallow paddling slosh",
    "frog": "frog toad croak tadpole bullfrog ribbit",
    "glass": (
        "glass bottle shatter ceramic clink window pane goblet jar smash breaking wineglass mirror crystal porcelain"
    ),
    "grinding": "grind grindstone sharpening whetstone mortar pestle whet hone emery millstone",
    "groan": "groan grunt moan monster zombie cry pain ghoul sigh wounded agony mutter",
    "guitar": "guitar strum banjo lute ukulele play chord riff strings fretboard mandolin plectrum six-string",
    "gun handling": "pistol rifle reload loading cocking magazine click empty ammunition holster revolver bolt trigger",
    "gunshot": (
        "gunshot gun shot shotgun rifle gunfire shooting machinegun pistol bullet firing musket sniper volley salvo "
        "sharpshooter fusillade"
    ),
    "hammering": "hammer anvil blacksmith nail mallet smith forge carpenter pounding",
    "helicopter": "helicopter rotor chopper copter heli whirlybird chinook",
    "hiss": "hiss snake cobra sizzle steam kettle serpent viper python fizzing leak pressure aerosol spray frying",
    "hoof steps": "hoof hooves gallop trot horse canter clop",
    "horse or donkey": "horse neigh whinny bray zebra pony mule stallion mare foal colt nicker",
    "knock": "knock woodpecker rap tap rat-a-tat",
    "large bird": (
        "parrot vulture hawk eagle falcon ostrich peacock screech penguin flamingo heron toucan condor macaw cockatoo "
        "buzzard kite osprey pelican stork crane emu turkey-vulture"
    ),
    "laughter": "laugh giggle chuckle cackle guffaw snigger titter",
    "loom or spinning wheel": "loom weaving weaver shuttle spindle",
    "machine hum": (
        "hum fan refrigerator ventilator generator conditioner machinery pump motor compressor fridge freezer "
        "air-conditioner dryer washing-machine vacuum hoover server transformer dishwasher boiler extractor appliance "
        "hairdryer lawnmower factory"
    ),
    "metal hit": "metal shield pickaxe ore pipe clank steel iron tin girder scaffold",
    "mill": "mill windmill watermill gristmill waterwheel",
    "monkey": "monkey gorilla chimpanzee ape baboon chimp orangutan howler marmoset lemur",
    "motorcycle": "motorcycle motorbike moped scooter harley biker motocross vespa quad-bike",
    "nature ambience": (
        "nature forest outdoor woodland countryside meadow park desert day glade grove wood moorland wilderness heath "
        "savanna"
    ),
    "night ambience": "night nocturnal jungle evening nightfall midnight dusk",
    "owl or pigeon": "owl dove hoot coo barn-owl turtledove tawny",
    "piano": "piano keyboard play pianist grand-piano harpsichord organ keys ivories",
    "pig": "pig hog sow boar oink squeal piglet swine sty snort",
    "radio": "radio static record vinyl broadcast television gramophone turntable walkie-talkie tuning shortwave",
    "rain": (
        "rain rainfall raindrop drizzle downpour pouring rainstorm precipitation shower deluge monsoon cloudburst "
        "drip sleet hail hailstorm hailstones drop droplet patter squall wet umbrella"
    ),
    "rodent or small mammal": (
        "squirrel mouse rat ferret raccoon hamster rabbit badger chatter hare weasel otter beaver hedgehog guinea-pig "
        "chipmunk mole"
    ),
    "room ambience": "room indoor underground cave interior office corridor hallway cellar hall tunnel",
    "rooster": "rooster cock crow cockerel cock-a-doodle-doo dawn",
    "rumble": "rumble earthquake tremor quake volcano eruption seismic",
    "rustle": (
        "rustle leaf leaves cloth curtain paper page foliage straw hay grass crumple silk dry-leaves bush newspaper "
        "wrapper"
    ),
    "saw or power tool": (
        "saw drill jackhammer sander sawmill handsaw hacksaw bandsaw circular-saw drill-press plank lathe planer "
        "angle-grinder screwdriver"
    ),
    "scrape": "scrape scratch pencil writing scour drag chalk blackboard rake sandpaper",
    "scream": "scream shriek yell shout screech howl bellow squealing wail terror",
    "scything": "scythe sickle mow reaper harvest",
    "sea lion": "seal walrus walruses",
    "sea waves": (
        "sea ocean surf beach shore seashore breaker tide swell lap coast seaside foam shoreline harbour lagoon "
        "coastline dune sandbank"
    ),
    "seagull": "seagull gull tern albatross",
    "sheep or goat": "sheep lamb bleat baa ewe ram flock kid shepherd",
    "siren or alarm": (
        "siren police ambulance reversing fire-engine emergency smoke-detector burglar air-raid patrol-car"
    ),
    "sneeze or cough": "sneeze throat achoo atishoo fever sniffle splutter tickle pepper",
    "speech": (
        "speech speak talk voice whisper mumble conversation speaker lecture sermon narrator announcer announcement "
        "chat dialogue monologue mutter"
    ),
    "squeak": "squeak toy rubber balloon hinges brake rubber-duck styrofoam",
    "squelch": "squelch mud slime splat ooze bog swamp muck goo slurry",
    "steam engine": "steam locomotive traction piston",
    "stone cutting": "stone pickaxe stonemason chisel quarry mason sculptor",
    "stone hit": "stone rock brick pebble boulder cobble cobblestone slate concrete flint",
    "swimming": "swim swimmer front-crawl breaststroke pool",
    "sword clash": "sword blade sabre duel fencing rapier dagger knife knight swordsman cutlass",
    "thunder": "thunder thunderstorm thunderclap lightning thunderbolt tempest bolt stormcloud",
    "train": (
        "train railway tram metro subway locomotive steam rail streetcar monorail underground carriage freight wagons "
        "express"
    ),
    "train or ship horn": "foghorn whistle factory hooting tugboat",
    "truck or bus": "truck lorry tractor coach trailer excavator digger bulldozer van articulated minibus",
    "typing": "typing typewriter keyboard typist keys laptop computer",
    "tyre skid": "tyre tire brakes screeching drift swerve burnout",
    "tyres rolling": "tyre tire road asphalt gravel wheels tarmac",
    "vehicle crash": "crash collision car smash-up pile-up wreck impact",
    "water running": (
        "stream river waterfall brook creek fountain tap flowing toilet flush rivulet rapids faucet sink basin shower "
        "bathtub gutter pipe weir babbling cascade torrent spring plumbing"
    ),
    "water splash": "splash dive plop plunge puddle diver cannonball",
    "whale or dolphin": "whale orca porpoise humpback sperm-whale",
    "whip crack": "whip rope lash bullwhip lasso",
    "whistle": "whistle referee whistler kettle-whistle umpire",
    "whoosh": "whoosh swoosh swing whirl throw thrown whizz rush swish fling boomerang flyby",
    "wind": (
        "wind windy gust breeze storm hurricane blizzard draught howling gale squall typhoon cyclone tornado blow "
        "moor zephyr"
    ),
    "wind instrument": (
        "trumpet flute didgeridoo clarinet saxophone trombone play oboe bassoon horn tuba recorder piccolo bagpipe "
        "cornet bugle brass woodwind harmonica panpipe"
    ),
    "wing flapping": "wing bat flutter wingbeat moth",
    "wolf or fox": "wolf howl coyote wolves hyena jackal dingo vixen",
    "wood chopping": "axe woodcutter lumberjack hatchet chopper cleaver",
    "wood hit": "wood wooden plank log stick timber twig branch crate board",
}
"""Class to the words for it besides its name, the first of which names it; a word of several classes counts less.

Forms with -s, -ed or -ing count as the word itself and are not repeated.
"""
