"""What a user chooses for themselves in place of what the server is set to."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from channels.topics.contract import Params
from storage.preferences import Preferences


class PreferencesChange(Params):
    """What is wanted; null is as the server is set."""

    auto_post: bool | None = Field(strict=True)  # this is consent: nothing but true is taken for it


@dataclass(frozen=True, slots=True)
class Choices:
    """The preferences of every user, and what holds for whoever has chosen nothing."""

    preferences: Preferences
    auto_post: bool

    async def shown(self, user_id: str) -> dict[str, Any]:
        """A user's preferences as they go over the wire."""
        return {"auto_post": await self.preferences.auto_post(user_id), "auto_post_default": self.auto_post}

    async def change(self, user_id: str, change: PreferencesChange) -> dict[str, Any]:
        """The preferences as they are then."""
        await self.preferences.set_auto_post(user_id, change.auto_post)
        return await self.shown(user_id)
