"""Which video an address means; a look-alike is an address like any other."""

import pytest

from channels.videos import PRACTICE_URL, UnknownVideo, VideoRef, video_of

ID = "dQw4w9WgXcQ"


@pytest.mark.parametrize(
    "url, platform, external_id",
    [
        (PRACTICE_URL, "practice", "practice"),
        (f"https://www.youtube.com/watch?v={ID}&t=42s", "youtube", ID),
        (f"https://www.youtube.com/watch?list=PL1&v={ID}#here", "youtube", ID),
        (f"https://YouTube.com/watch?v={ID}", "youtube", ID),
        (f"http://m.youtube.com/watch?v={ID}", "youtube", ID),
        (f"https://music.youtube.com/watch?v={ID}", "youtube", ID),
        (f"https://www.youtube.com/shorts/{ID}", "youtube", ID),
        (f"https://www.youtube.com/live/{ID}?feature=share", "youtube", ID),
        (f"https://www.youtube.com/embed/{ID}", "youtube", ID),
        (f"https://www.youtube-nocookie.com/embed/{ID}", "youtube", ID),
        (f"https://youtu.be/{ID}?t=3", "youtube", ID),
        ("https://vimeo.com/76979871", "vimeo", "76979871"),
        ("https://vimeo.com/76979871/1234567890", "vimeo", "76979871"),
        ("https://vimeo.com/channels/staffpicks/76979871", "vimeo", "76979871"),
        ("https://vimeo.com/showcase/123/video/76979871", "vimeo", "76979871"),
        ("https://player.vimeo.com/video/76979871?h=ab", "vimeo", "76979871"),
        ("https://www.twitch.tv/videos/2000000001", "twitch", "2000000001"),
        ("https://app.frame.io/player/0a1b-2c3d", "frameio", "0a1b-2c3d"),
        ("https://f.io/AbC123", "frameio", "AbC123"),
    ],
)
def test_a_video_of_a_known_site(url: str, platform: str, external_id: str) -> None:
    assert video_of(url) == VideoRef(platform, external_id, url)


@pytest.mark.parametrize(
    "url",
    [
        f"https://youtube.com.evil.example/watch?v={ID}",
        f"https://notyoutube.com/watch?v={ID}",
        f"https://www.youtube.com@evil.example/watch?v={ID}",
        f"https://evil.example/youtube.com/watch?v={ID}",
        f"https://youtu.be.evil.example/{ID}",
        "https://vimeo.com.evil.example/76979871",
        "https://www.youtube.com/",
        "https://www.youtube.com/watch?v=",
        "https://www.youtube.com/watch?v=../../x",
        "https://www.twitch.tv/somebody",
        "https://vimeo.com/features",
        "https://example.com/films/cut.mp4?version=3",
    ],
)
def test_whatever_else_is_known_by_its_address(url: str) -> None:
    assert video_of(url) == VideoRef("generic", url, url)


def test_the_fragment_does_not_tell_videos_apart_but_the_query_does() -> None:
    assert video_of("https://example.com/a.mp4#t=3").external_id == video_of("https://example.com/a.mp4").external_id
    assert (
        video_of("https://example.com/a.mp4?v=1").external_id != video_of("https://example.com/a.mp4?v=2").external_id
    )


def test_long_addresses_that_begin_alike_are_not_taken_for_one() -> None:
    one, two = (video_of("https://example.com/" + "a" * 300 + end) for end in "xy")
    assert one.external_id != two.external_id
    assert len(one.external_id) <= 256


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no address",
        "ftp://example.com/a",
        "javascript:alert(1)",
        "file:///a.mp4",
        "https://",
        "http://[",
        "//example.com",
        f"https://example.com/{'a' * 2048}",
    ],
)
def test_what_is_no_address_of_a_video_says_what_is_wanted(url: str) -> None:
    with pytest.raises(UnknownVideo, match="begins with http:// or https://"):
        video_of(url)
