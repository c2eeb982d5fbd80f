"""One page about this machine; what can crash or hang is asked in child processes."""
