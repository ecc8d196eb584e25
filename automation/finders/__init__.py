"""Who may be asked where something lies on a page that a recipe no longer understands. They point and never click."""
