"""The preferences: sound, model, look."""
