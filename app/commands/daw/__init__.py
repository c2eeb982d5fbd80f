"""Commands beside a workstation: markers, paths and time code in files."""
