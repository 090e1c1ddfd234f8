"""Seeds: a world file becomes the state of a server, and its state a world file. A client like any other."""
