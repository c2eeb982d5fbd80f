"""The generator behind the contract's PatchSource: lanes, levels, prompts that change."""
