"""What every stage's loop shares: learning rate, state on disk, several processes, memory."""
