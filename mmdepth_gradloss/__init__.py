"""Multi-scale gradient loss for depth estimation on MMEngine."""
