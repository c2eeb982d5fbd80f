"""What stands out in a film: the whole film is read once, in a child process."""
