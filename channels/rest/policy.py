"""The headers under which the pages of this server are served: what a page may load is listed, all else is refused."""

from collections.abc import Mapping


def sealed(sources: Mapping[str, str]) -> dict[str, str]:
    """Headers of a page and of its files. ``sources``: directives of its Content-Security-Policy."""
    directives = {
        "default-src": "'none'",
        **sources,
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in directives.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
