"""The scene: the document that a user edits. Frozen, plain values; edits return another scene."""
