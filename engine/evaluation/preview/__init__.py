"""A page that shows what the model is fed: composed or imported scenes, drawn and measured."""
