"""Published protocols that score the edges of a depth map, one a file."""
