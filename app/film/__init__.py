"""Opening a film, and what is said about films and sounds."""
