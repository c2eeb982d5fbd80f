"""The process that says what words are understood as, and lets known sounds be heard."""
