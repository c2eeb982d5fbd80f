"""Other generators on the user's machine: asked by a small protocol, run as a program, checked as untrusted."""
