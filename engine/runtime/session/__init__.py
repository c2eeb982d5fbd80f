"""The facade of live playing, and the parts that it starts and ends together."""
