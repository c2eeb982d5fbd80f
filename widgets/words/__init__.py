"""Words and sounds: a sentence that becomes lanes, what words are understood as, the sounds that the model knows."""
