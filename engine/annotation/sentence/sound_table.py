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
    "applause": "applause clapping clap ovation applaud clapper encore handclap",
    "baby crying": (
        "baby infant newborn crib cry wail bawl toddler tot bairn cradle sob weep weeping tantrum pram bawling whimper"
    ),
    "bear or other large mammal": "bear hippopotamus rhinoceros grizzly animal growl rhino hippo panda",
    "bell": ("bell chime belfry carillon toll cowbell ding belltower steeple peal bellringer handbell clang knell"),
    "bicycle": "bicycle bike cyclist spoke pedal cycling freewheel tricycle velodrome",
    "big cat": "lion tiger leopard jaguar panther lioness puma cheetah roar cub lynx",
    "birdsong": (
        "bird birdsong songbird lark blackbird nightingale finch sparrow robin chirp tweet warble canary thrush "
        "cuckoo quail sing singing wren starling swallow warbler tit bluebird finches twitter trill cheep dawn- "
        "chorus aviary"
    ),
    "boat": (
        "boat ship rowboat sail submarine sonar ferry hull yacht canoe kayak oar paddle rowing dinghy barge "
        "trawler motorboat mast rigging"
    ),
    "body hit": "punch kick slap flesh thud blow boxing smack thump fist",
    "bow and arrow": "bow arrow archer archery bowstring quiver longbow crossbow",
    "bowling": "bowling pin alley tenpin skittles",
    "breathing": (
        "breathing breath panting pant gasp sigh snore snoring wheeze inhale exhale respirator sniff sniffing"
    ),
    "bubbling liquid": (
        "bubble bubbling boil boiling liquid gurgle brew simmer aquarium fizz effervesce percolator stew"
    ),
    "buzzing insect": (
        "bee wasp hornet bumblebee mosquito fly buzz insect swarm hive midge gnat bluebottle drone beehive horsefly"
    ),
    "camel or deer": "camel deer dromedary elk stag moose caribou reindeer roe antelope llama",
    "car engine": (
        "car engine motor automobile idling rev revving vehicle driving drive pass accelerate backfiring v8 coupe "
        "sedan saloon hatchback convertible roadster taxi cab van limousine jeep cruise throttle carburettor "
        "exhaust ignition speedway dragster motoring coupé"
    ),
    "car horn": "horn honk honking hooter beep toot tooting klaxon",
    "cart or wagon": "cart wagon carriage wheel wheelbarrow trolley pushcart stagecoach",
    "cat": "cat kitten kitty meow meowing purr purring moggy mew mewing feline tomcat siamese yowl",
    "catapult": "catapult trebuchet",
    "chain rattle": "chain rattle clang clanging chains shackle manacle links",
    "chainsaw": "chainsaw lumberjack logger petrol arborist forester fell felling timber",
    "chicken or turkey": "chicken hen turkey cluck clucking gobble poultry chick coop pullet henhouse",
    "city ambience": (
        "city street traffic town downtown urban square metropolis sidewalk avenue boulevard rush-hour junction"
    ),
    "clatter": "clatter rattle plastic dish cutlery crockery pan pot saucepan tray rattling utensils tumble",
    "clicking": ("click clicking camera shutter scissors switch gear mouse-click ratchet latch button snap castanets"),
    "clock ticking": (
        "clock tick ticking tock watch pendulum stopwatch clockwork timepiece wristwatch metronome hourglass"
    ),
    "coin": "coin cash gold money purse register wallet piggybank till penny pennies jingle change",
    "collapse": (
        "collapse collapsing crumble rubble avalanche rockfall landslide falling tree topple cave-in rockslide "
        "demolition landslip ruin"
    ),
    "cow": "cow moo mooing ox bull bison cattle calf bellow yak heifer steer herd buffalo low lowing",
    "creak": "creak creaking hinge squeaky floorboard rusty groaning floorboards rocking-chair gangplank",
    "cricket": "cricket grasshopper cicada katydid cicadas locust stridulate chirping",
    "crow": "crow raven caw cawing rook jackdaw magpie croaking",
    "crowd": (
        "crowd chatter audience people party cheering cheer restaurant cafe murmur babble spectator stadium arena "
        "mob throng fans football bustle hubbub market marketplace canteen playground"
    ),
    "cymbal or gong": "cymbal gong hi-hat tam-tam splash-cymbal crash-cymbal",
    "digging": "dig digging shovel spade hoe soil spadework trench pitchfork earth gravel excavate",
    "dog": (
        "dog puppy hound bark barking growl terrier poodle beagle collie canine woof mutt labrador spaniel "
        "bulldog rottweiler dachshund chihuahua yap snarl whine whining pooch doggy greyhound husky yelp"
    ),
    "door": (
        "door gate slam slamming close closing opening bang doorway wardrobe cupboard hatch lift elevator shut shutting"
    ),
    "doorbell": "doorbell telephone phone ring ringing ringtone buzzer intercom handset call",
    "drum": (
        "drum drumming tabla bongo shaker tambourine percussion snare timpani tom-tom conga djembe drummer "
        "percussionist beat kettledrum"
    ),
    "duck or goose": "duck goose geese quack quacking mallard drake gander gosling duckling swan honking",
    "eating or burping": (
        "eat eating burp burping chew chewing vomit crunch swallow belch munch munching slurp gulp gobbling apple "
        "crisps biscuit bite"
    ),
    "electronic zap": (
        "zap laser electric electrical spark sparking electricity taser short-circuit arc ray-gun voltage blaster"
    ),
    "elephant": "elephant trumpeting mammoth tusker trunk",
    "explosion": (
        "explosion explode blast bomb detonation rocket boom dynamite grenade mortar cannon detonate tnt burst"
    ),
    "fire": (
        "fire campfire flame burning burn fireplace crackle crackling bonfire torch match ember hearth blaze "
        "blazing stove wildfire smoulder inferno ignite kindling pyre logs"
    ),
    "fireworks": "firework fireworks firecracker rocket-burst pyrotechnics sparkler banger catherine-wheel",
    "footsteps": (
        "footstep footsteps step walking walk walks running runner jogger stride heel footfall feet boot shoe "
        "sneaker sandal stroll strolling march marching pedestrian hiker tiptoe stomp trudge jog jogging plod "
        "tread climb stair stairs pacing"
    ),
    "footsteps in water": "wade wading water puddle shallow paddling slosh sloshing",
    "frog": "frog toad croak croaking tadpole bullfrog ribbit",
    "glass": (
        "glass bottle shatter shattering ceramic clink clinking window pane goblet jar smash smashing breaking "
        "break wineglass mirror crystal porcelain"
    ),
    "grinding": "grind grinding grindstone sharpening whetstone mortar pestle whet hone emery millstone",
    "groan": "groan groaning grunt moan monster zombie cry pain ghoul sigh wounded agony mutter",
    "guitar": (
        "guitar strum strumming banjo lute ukulele play chord riff strings fretboard mandolin plectrum six-string"
    ),
    "gun handling": (
        "pistol rifle reload reloading loading cocking magazine gun click empty ammunition holster revolver bolt "
        "trigger"
    ),
    "gunshot": (
        "gunshot gun shot shotgun rifle gunfire shooting machinegun pistol bullet firing musket sniper volley "
        "salvo sharpshooter fusillade"
    ),
    "hammering": "hammer hammering anvil blacksmith nail mallet smith forge carpenter pounding",
    "helicopter": "helicopter rotor chopper copter heli whirlybird chinook",
    "hiss": (
        "hiss hissing snake cobra sizzle sizzling steam kettle serpent viper python fizzing leak pressure aerosol "
        "spray frying"
    ),
    "hoof steps": "hoof hooves gallop galloping trot trotting horse canter cantering clop clopping",
    "horse or donkey": (
        "horse donkey neigh neighing whinny bray braying zebra pony mule stallion mare foal colt nicker"
    ),
    "knock": "knock knocking woodpecker rap rapping tap tapping rat-a-tat",
    "large bird": (
        "parrot vulture hawk eagle falcon ostrich peacock screech penguin flamingo heron toucan condor macaw "
        "cockatoo buzzard kite osprey pelican stork crane emu turkey-vulture"
    ),
    "laughter": "laugh laughing laughter giggle giggling chuckle cackle guffaw snigger titter",
    "loom or spinning wheel": "loom spinning weaving weaver shuttle spindle",
    "machine hum": (
        "hum humming fan machine refrigerator ventilator generator conditioner machinery pump motor compressor "
        "fridge freezer air-conditioner dryer washing-machine vacuum hoover server transformer dishwasher boiler "
        "extractor appliance hairdryer lawnmower factory"
    ),
    "metal hit": "metal shield pickaxe ore pipe clank steel iron tin girder scaffold",
    "mill": "mill windmill watermill gristmill waterwheel",
    "monkey": "monkey gorilla chimpanzee ape baboon chimp orangutan howler marmoset lemur",
    "motorcycle": "motorcycle motorbike moped scooter harley biker motocross vespa quad-bike",
    "nature ambience": (
        "nature forest outdoor woodland countryside meadow park ambience desert day glade grove wood moorland "
        "wilderness heath savanna"
    ),
    "night ambience": "night nocturnal jungle evening nightfall midnight dusk",
    "owl or pigeon": "owl pigeon dove hoot hooting coo cooing barn-owl turtledove tawny",
    "piano": "piano keyboard play pianist grand-piano harpsichord organ keys ivories",
    "pig": "pig hog sow boar oink squeal piglet swine sty snort snorting",
    "radio": ("radio static record vinyl broadcast television gramophone turntable walkie-talkie tuning shortwave"),
    "rain": (
        "rain raining rainfall raindrop drizzle downpour pouring rainstorm precipitation shower deluge monsoon "
        "cloudburst drip dripping drizzling sleet hail hailstorm hailstones drop droplet patter squall wet "
        "umbrella"
    ),
    "rodent or small mammal": (
        "squirrel mouse rat ferret raccoon hamster rodent rabbit badger chatter hare weasel otter beaver hedgehog "
        "guinea-pig chipmunk mole"
    ),
    "room ambience": "room indoor underground cave interior office corridor hallway cellar hall tunnel",
    "rooster": "rooster cock crow crowing cockerel cock-a-doodle-doo cocks dawn",
    "rumble": "rumble rumbling earthquake tremor quake volcano eruption seismic",
    "rustle": (
        "rustle rustling leaf leaves cloth clothes curtain paper page foliage straw hay grass crumple silk dry- "
        "leaves bush newspaper wrapper"
    ),
    "saw or power tool": (
        "saw sawing drill drilling jackhammer sander tool sawmill handsaw hacksaw bandsaw circular-saw drill- "
        "press plank lathe planer angle-grinder screwdriver"
    ),
    "scrape": ("scrape scraping scratch scratching pencil writing scour drag dragging chalk blackboard rake sandpaper"),
    "scream": "scream screaming shriek yell shout yelling screech howl bellow squealing wail terror",
    "scything": "scythe sickle mow mowing reaper harvest",
    "sea lion": "seal walrus seals walruses",
    "sea waves": (
        "sea wave waves ocean surf beach shore seashore breaker tide swell lap lapping coast seaside foam "
        "shoreline breakers harbour lagoon coastline dune sandbank"
    ),
    "seagull": "seagull gull gulls tern albatross",
    "sheep or goat": "sheep goat lamb bleat bleating baa ewe ram flock kid shepherd",
    "siren or alarm": (
        "siren alarm police ambulance reversing fire-engine emergency smoke-detector burglar air-raid patrol-car"
    ),
    "sneeze or cough": ("sneeze sneezing cough coughing throat achoo atishoo fever sniffle splutter tickle pepper"),
    "speech": (
        "speech speak speaking talk talking talks voice whisper whispering mumble conversation speaker lecture "
        "sermon narrator announcer announcement chat chatting dialogue monologue mutter"
    ),
    "squeak": "squeak squeaking toy rubber balloon hinges brake rubber-duck styrofoam",
    "squelch": "squelch mud slime splat ooze bog swamp muck goo slurry",
    "steam engine": "steam engine locomotive traction piston",
    "stone cutting": "stone pickaxe stonemason chisel quarry mason sculptor",
    "stone hit": "stone rock brick pebble boulder cobble cobblestone slate concrete flint",
    "swimming": "swim swimming swimmer front-crawl breaststroke pool",
    "sword clash": "sword blade sabre duel fencing rapier dagger knife knight swordsman cutlass clash",
    "thunder": "thunder thunderstorm thunderclap lightning thunderbolt tempest bolt stormcloud thundering",
    "train": (
        "train railway tram metro subway locomotive steam rail streetcar monorail underground carriage freight "
        "wagons express"
    ),
    "train or ship horn": "foghorn horn whistle factory ship train hooting tugboat",
    "truck or bus": "truck lorry bus tractor coach trailer excavator digger bulldozer van articulated minibus",
    "typing": "typing typewriter keyboard typist keys laptop computer",
    "tyre skid": "tyre tire skid skidding brakes screeching drift swerve burnout",
    "tyres rolling": "tyre tire rolling road asphalt gravel wheels tarmac",
    "vehicle crash": "crash collision crashing car smash-up pile-up wreck impact",
    "water running": (
        "stream river waterfall brook creek fountain tap water running flowing toilet flush rivulet rapids faucet "
        "sink basin shower bathtub gutter pipe weir babbling cascade torrent spring plumbing"
    ),
    "water splash": "splash splashing dive plop plunge puddle diver cannonball plunging",
    "whale or dolphin": "whale dolphin orca porpoise humpback sperm-whale",
    "whip crack": "whip rope lash bullwhip lasso",
    "whistle": "whistle whistling referee whistler kettle-whistle umpire",
    "whoosh": (
        "whoosh swoosh swing whirl throw thrown whizz whizzing rush rushing swish swishing fling boomerang flyby"
    ),
    "wind": (
        "wind windy gust breeze storm hurricane blizzard draught howling gale squall typhoon cyclone tornado "
        "gusting blow blowing moor zephyr"
    ),
    "wind instrument": (
        "trumpet flute didgeridoo clarinet saxophone trombone play oboe bassoon horn tuba recorder piccolo "
        "bagpipe bagpipes cornet bugle brass woodwind harmonica panpipe"
    ),
    "wing flapping": "wing flap flapping bat flutter wingbeat moth",
    "wolf or fox": "wolf fox howl coyote wolves hyena jackal dingo vixen",
    "wood chopping": "axe chop chopping woodcutter lumberjack hatchet chopper cleaver",
    "wood hit": "wood wooden plank log stick timber twig branch crate board",
}
"""Class to the words for it, the first of which names it; a word of several classes counts less."""
