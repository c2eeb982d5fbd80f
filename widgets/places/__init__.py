"""Where lanes are: markers and paths over the film, on a flat map, as curves over time, and as numbers."""
