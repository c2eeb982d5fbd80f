"""The film while it plays: decoded for the eye and for the model, never waited for."""
