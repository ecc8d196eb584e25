"""A make-believe video player for reviews without a browser: it plays on from where it is put, and obeys."""

from typing import Any


class Player:
    """Where the video stands at each second of the review."""

    def __init__(self, at_s: float) -> None:
        self._media_s, self._since_s = at_s, 0.0
        self.paused = False

    def media_s(self, position_s: float) -> float:
        """Seconds of video at ``position_s`` seconds of the review."""
        return self._media_s if self.paused else self._media_s + position_s - self._since_s

    def obey(self, command: dict[str, Any], position_s: float) -> None:
        """Do what a ``player_command`` asks."""
        media_s = self.media_s(position_s)
        if command["action"] == "seek":
            to_s = command.get("to_s")
            media_s = float(to_s) if to_s is not None else media_s + float(command.get("by_s") or 0.0)
        else:
            self.paused = command["action"] == "pause"
        self._media_s, self._since_s = max(0.0, media_s), position_s
