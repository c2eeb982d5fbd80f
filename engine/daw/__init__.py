"""What workstations read and write beside sound: markers, paths of sources, transport and time code."""
