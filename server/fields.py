"""What a setting carries besides its type: its section, and the words that documents and error messages show."""

from typing import Any

from pydantic import Field
from pydantic.fields import FieldInfo


def setting(default: Any, section: str, allowed: str, description: str, **limits: Any) -> Any:
    """A field with what its line in the documentation and its error message say."""
    extra = {"section": section, "allowed": allowed, **limits.pop("extra", {})}
    if callable(default):
        return Field(default_factory=default, description=description, json_schema_extra=extra, **limits)
    return Field(default=default, description=description, json_schema_extra=extra, **limits)


def note(field: FieldInfo, key: str) -> str | None:
    """What ``setting`` noted about a field: its "section", its "allowed" values, its default as "shown"."""
    extra = field.json_schema_extra
    value = extra.get(key) if isinstance(extra, dict) else None
    return value if isinstance(value, str) else None
