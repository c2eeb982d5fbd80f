"""Between Qt and the rest: the session as signals, tasks beside the window, the model of a child."""
