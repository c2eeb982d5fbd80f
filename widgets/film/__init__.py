"""The film and what is drawn over it: panorama, directions, notices, how it is read."""
