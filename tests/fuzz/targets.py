"""The parsers that read what a user brings, each with files to begin with."""

from tests.fuzz.claims import CLAIMS
from tests.fuzz.heads import HEADS
from tests.fuzz.media import MEDIA
from tests.fuzz.own_files import OWN_FILES
from tests.fuzz.texts import TEXTS
from tests.fuzz.weights import WEIGHTS

TARGETS = (*MEDIA, *TEXTS, *WEIGHTS, *OWN_FILES, *HEADS, *CLAIMS)
