"""Which of several takes is nearest to what was asked for. Reports use none of it."""
