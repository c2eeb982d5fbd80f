"""Takes of the blocks of a scene: made patch by patch, kept on disk, never made again without need."""
