"""What of the logs reaches the screen."""

from pathlib import Path

from supervisor.following import LINES_AT_ONCE, Follower


def test_warnings_reach_the_screen_and_the_rest_does_not(tmp_path: Path) -> None:
    """Fails where a JSON line's words count instead of its level, or old lines are shown again."""
    log = tmp_path / "web.log"
    log.write_text("[WARNING] of an earlier run\n")
    follower = Follower(tmp_path)
    with log.open("a") as out:
        out.write('{"event": "error is only a word", "level": "info"}\n{"event": "x", "level":"error"}\n')
        out.write("[WARNING] worker died\nall is well\n")
    assert list(follower.new()) == ['web: {"event": "x", "level":"error"}', "web: [WARNING] worker died"]
    assert list(follower.new()) == []


def test_a_flood_is_cut_and_counted(tmp_path: Path) -> None:
    """Fails without the cut."""
    log = tmp_path / "web.log"
    log.touch()
    follower = Follower(tmp_path)
    log.write_text("error\n" * (LINES_AT_ONCE + 5))
    seen = list(follower.new())
    assert len(seen) == LINES_AT_ONCE + 1
    assert seen[-1].startswith("web: and 5 more")
