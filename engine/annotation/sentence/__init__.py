"""One sentence becomes lanes: the rules of our own captions, read backwards."""
