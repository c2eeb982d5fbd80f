"""Lanes are placed: the film, the map, the form and the curves of paths, connected with the scene and the player."""
