"""Ways to know who is on a topic; ``channels/presence.py`` says what each promises."""
