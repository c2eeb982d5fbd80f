"""What the program finds and keeps on this machine: resources, settings, logs."""
