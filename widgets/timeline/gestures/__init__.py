"""What the user does, as requests for edits of the scene."""
