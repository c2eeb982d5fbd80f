"""The tables of a data folder, and how the names of the second pack become sounds."""
