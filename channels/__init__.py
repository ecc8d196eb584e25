"""The wire: frames, connections, topics and the hub. Decides nothing about notes: the agent does."""
