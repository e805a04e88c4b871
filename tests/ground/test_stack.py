"""The whole system as `make run` brings it up: what a person or a program finds there."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from supervisor import welcome
from tests.stack import Stack

QUEUE = "xinyi"


def test_demo_json_has_what_a_program_needs_to_start(stack: Stack) -> None:
    """The form at the end of the citizen page. Fails where a member is missing or a key file isn't there."""
    demo = stack.demo
    assert demo["base_url"] == stack.base_url
    assert demo["sandbox_url"] == stack.sandbox_url
    assert len(demo["people"]) >= 10
    assert all({"key", "name", "id_number", "grade", "note"} <= person.keys() for person in demo["people"])
    for merchant in demo["merchants"]:
        assert {"mchid", "appid", "name", "uscc", "serial_no", "apiv3_key", "offers"} <= merchant.keys()
        assert Path(merchant["private_key_file"]).is_file()
        assert all({"offer_id", "service_id", "scenario", "title"} <= offer.keys() for offer in merchant["offers"])
    assert len(demo["volunteers"]) >= 20
    places = " ".join(each["organisation"] for each in demo["staff"])
    assert all(f"{each}委（示例）" in places for each in ("江西省", "南昌市", "东湖区", "西湖区"))
    scenarios = {offer["scenario"] for merchant in demo["merchants"] for offer in merchant["offers"]}
    assert {"rental", "volunteer", "fast_track"} <= scenarios
    assert Path(demo["platform_public_key"]["file"]).is_file()


def test_it_says_where_to_look_and_who_can_log_in(stack: Stack) -> None:
    """Fails where the words leave out an address or a person."""
    words = welcome.words(stack.system.places, stack.env)
    for expected in (stack.base_url, stack.sandbox_url, *[person["name"] for person in stack.demo["people"]]):
        assert expected in words


def test_the_contracts_page_shows_itself_from_our_own_origin_only(stack: Stack, browser: Any) -> None:
    """Under its strict policy. Fails where an asset is missing, inline, or from another host."""
    page = browser.new_page()
    said: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.goto(f"{stack.base_url}/docs")
    page.wait_for_selector(".opblock")
    assert said == []
    assert asked - {""} == {urlsplit(stack.base_url).netloc}
    page.close()


def test_the_sandboxs_page_shows_its_buttons(stack: Stack, browser: Any) -> None:
    """Fails where the page needs another host or an error stands in its console."""
    page = browser.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(stack.sandbox_url)
    page.wait_for_selector("button")
    assert said == []
    page.close()


def test_a_killed_web_worker_is_replaced_and_the_run_goes_on(stack: Stack) -> None:
    """Fails without --respawn-failed-workers."""
    wanted = len(stack.web_workers())
    killed = stack.kill_web_worker()
    stack.wait_until(lambda: killed not in [worker.pid for worker in stack.web_workers()])
    stack.wait_until(lambda: len(stack.web_workers()) == wanted)
    assert stack.system.dead() is None
    answers = [requests.get(f"{stack.base_url}/healthz", timeout=10).status_code for _ in range(20)]
    assert answers == [200] * 20


def test_the_clock_sends_and_the_worker_takes(stack: Stack) -> None:
    """Without a worker the queue grows, with one it empties. Fails where the two don't share a queue."""
    assert stack.system.valkey
    queue = stack.system.valkey.connect()
    stack.kill("worker")
    assert stack.system.dead() == "worker"
    stack.wait_until(lambda: queue.llen(QUEUE) > 0)
    stack.restart("worker")
    assert stack.system.dead() is None
    stack.wait_until(lambda: queue.llen(QUEUE) == 0, seconds=40)
