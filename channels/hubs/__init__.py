"""Hubs behind the contract in ``channels/hub.py``."""
