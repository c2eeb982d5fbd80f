"""A page that shows training scenes: composed or imported, drawn and measured."""
