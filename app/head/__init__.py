"""Head tracking: messages of a head tracker turn the view."""
