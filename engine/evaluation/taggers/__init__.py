"""Independent listeners: third-party networks that name or embed what they hear."""
