"""Published protocols that score the edges of a depth map."""
