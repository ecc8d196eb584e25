"""One file a topic behind one contract."""
