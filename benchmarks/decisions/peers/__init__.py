"""The peers, each a program of its own in its own environment."""
