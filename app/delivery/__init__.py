"""Finished files without a window: from a take or a project, rendered, written, checked and named."""
