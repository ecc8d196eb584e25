"""The make-believe player."""

from server.player import Player


def test_it_plays_on_and_obeys() -> None:
    player = Player(60.0)
    assert player.media_s(5.0) == 65.0
    player.obey({"action": "seek", "by_s": -10.0}, 5.0)
    assert player.media_s(6.0) == 56.0
    player.obey({"action": "pause"}, 7.0)
    assert player.media_s(20.0) == 57.0
    player.obey({"action": "play"}, 20.0)
    assert player.media_s(21.0) == 58.0
    player.obey({"action": "seek", "to_s": 130.0}, 21.0)
    assert player.media_s(21.5) == 130.5


def test_it_never_goes_before_the_beginning() -> None:
    player = Player(3.0)
    player.obey({"action": "seek", "by_s": -10.0}, 0.0)
    assert player.media_s(0.0) == 0.0
