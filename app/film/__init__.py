"""Opening a film, and the facts shown about films and sounds."""
