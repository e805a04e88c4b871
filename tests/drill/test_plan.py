"""A drill's plan: the same seed is the same day, and what it asks of the sandbox is something that it plays."""

from sandbox.faults import check
from tests.drill import plan, stories
from tests.drill.province import PEOPLE, marked_papers


def test_the_same_seed_is_the_same_day_and_another_isnt() -> None:
    """Meant to fail where the order of a set decides, and where the seed isn't used."""
    assert plan.make(7, 60) == plan.make(7, 60)
    assert plan.make(7, 60) != plan.make(8, 60)


def test_ten_minutes_hold_every_story_and_every_kind_of_blow() -> None:
    """Meant to fail where a kind of kill is left out of the round."""
    for seed in range(5):
        made = plan.make(seed, 600)
        assert {story.kind for story in made.stories} == set(plan.STORIES) == set(stories.TOLD)
        assert {blow.which for blow in made.blows if blow.what == "kill"} == set(plan.KILLS)
        assert {blow.what for blow in made.blows} == {"fault", "kill", "window", "rate"}
        assert all(0 <= each.at_s < 600 for each in (*made.stories, *made.blows))


def test_the_sandbox_plays_every_fault() -> None:
    """Meant to fail with a kind that it doesn't know: such a drill would hurt less than it says."""
    for blow in plan.make(1, 6000).blows:
        if blow.what == "fault":
            check({"target": "platform", **blow.which})


def test_everybody_has_papers_of_their_own() -> None:
    """Meant to fail with 500 days' numbers only: two people would be one."""
    papers = [marked_papers(number) for number in range(PEOPLE + 1)]
    assert len({each["id_number"] for each in papers}) == len({each["phone"] for each in papers}) == len(papers)
