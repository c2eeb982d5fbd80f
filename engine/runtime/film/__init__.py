"""The film while it plays: decoded for display and for the model, never waited for."""
