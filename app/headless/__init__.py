"""Playing without a screen and without a sound device, measured."""
