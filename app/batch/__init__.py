"""Many films at once: a list of rows, each a command in a child process, with one report."""
