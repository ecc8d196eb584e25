"""The recipes by their names, which are those of ``addresses.page_of``."""

from collections.abc import Mapping
from types import MappingProxyType

from automation.sites.contract import Recipe
from automation.sites.frameio import FrameIo
from automation.sites.generic import Generic
from automation.sites.page import SitePage
from automation.sites.practice import Practice
from automation.sites.vimeo import Vimeo
from automation.sites.youtube import YouTube

PAGES: tuple[type[SitePage], ...] = (Practice, YouTube, Vimeo, FrameIo, Generic)
RECIPES: Mapping[str, Recipe] = MappingProxyType({page.name: page for page in PAGES})
