"""Audio, text and meaning. A leaf: it knows nothing of sessions, sockets or tables."""
