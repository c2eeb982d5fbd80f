"""The open project: editing, saving, autosave, recovery and relinking, without Qt."""
