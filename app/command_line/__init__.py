"""Options and values of the command line, checked before anything heavy is loaded."""
