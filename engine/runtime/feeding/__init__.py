"""The feeder of scenes: sounds from disk into shared memory, ahead of the playhead."""
