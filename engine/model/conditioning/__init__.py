"""What the generator is told: words, film, direction."""
