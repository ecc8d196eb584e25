"""For tests of what happens at a click that may be made."""


def go() -> None:
    """In time."""
