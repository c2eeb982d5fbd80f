"""Questions put to a checkpoint: takes are made and one property of them is measured."""
