"""Independent ears: networks by other people that name or embed what they hear."""
