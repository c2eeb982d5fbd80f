"""Project files: a scene as JSON, read as untrusted input and written whole or not at all."""
