"""Project files and the window: new, open, save, recover, relink, dropped files."""
