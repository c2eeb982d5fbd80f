"""Probes of a checkpoint: takes are made and one property of them is measured."""
