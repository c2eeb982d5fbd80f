"""The generator's conditions: words, film, direction."""
