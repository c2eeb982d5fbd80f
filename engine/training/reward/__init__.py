"""Fits the scorer of takes (engine/evaluation/ranking) to scenes."""
