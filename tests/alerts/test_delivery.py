"""Alerts on their way out: tried again, given up in the end, never in the way of anything else."""

from __future__ import annotations

import os
import random
import threading
from dataclasses import replace
from time import monotonic

import pytest

from tests.alerts.conftest import APPRISE, SECRET, Hook, Reply
from tests.alerts.test_payloads import MESSAGE
from trackio.alerts import delivery
from trackio.alerts.delivery import Delivery
from trackio.alerts.places import Place, places

LONG = 30.0


class Told:
    """Takes what is told."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.topics: set[str] = set()

    def warn(self, topic: str, message: str) -> None:
        if topic not in self.topics:
            self.topics.add(topic)
            self.words.append(message)

    def forget(self, topic: str) -> None:
        self.topics.discard(topic)


@pytest.fixture
def told() -> Told:
    return Told()


def test_an_alert_comes_to_every_place(hook: Hook, told: Told) -> None:
    sent = Delivery()
    sent.post(MESSAGE, places(f"{hook.url('/a')},{hook.url('/b')}"), told)
    assert sent.wait(LONG)
    assert sorted(one.path for one in hook.requests) == ["/a", "/b"]
    assert told.words == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_server_is_asked_again(status: int, hook: Hook, told: Told) -> None:
    hook.replies += [Reply(status), Reply(status), Reply(200)]
    before = random.getstate()
    sent = Delivery()
    sent.post(MESSAGE, places(hook.url()), told)
    assert sent.wait(LONG)
    # What a script draws at random stays what it was.
    assert random.getstate() == before
    assert len(hook.requests) == 3
    assert len({one.body for one in hook.requests}) == 1
    assert told.words == []


def test_a_server_is_left_alone_for_as_long_as_it_asks(hook: Hook, told: Told) -> None:
    hook.replies.append(Reply(429, {"Retry-After": "1"}))
    sent = Delivery()
    sent.post(MESSAGE, places(hook.url()), told)
    hook.wait(1)
    first = monotonic()
    sent.post(MESSAGE, places(hook.url()), told)
    hook.wait(2)
    # The server noted the first before it was seen here.
    assert monotonic() - first > 0.9
    assert sent.wait(LONG)
    assert len(hook.requests) == 3


def test_what_comes_too_late_is_given_up_and_told_once(hook: Hook, told: Told) -> None:
    hook.replies.append(Reply(429, {"Retry-After": "3600"}))
    sent = Delivery()
    for _ in range(3):
        sent.post(MESSAGE, places(hook.url()), told)
    assert sent.wait(LONG)
    assert len(hook.requests) == 1
    assert [word.count("429") for word in told.words] == [1]


def test_nobody_waits_for_what_is_not_tried_for_long(hook: Hook, told: Told) -> None:
    hook.replies.append(Reply(429, {"Retry-After": "200"}))
    sent = Delivery()
    sent.post(MESSAGE, places(hook.url()), told)
    began = monotonic()
    assert not sent.wait(150)
    assert monotonic() - began < 150


def test_whoever_leaves_is_told_of_what_was_not_sent(hook: Hook, told: Told) -> None:
    hook.replies += [Reply(503)] * 20
    sent = Delivery()
    sent.post(MESSAGE, places(hook.url()), told)
    sent.post(replace(MESSAGE, title="another"), places(hook.url()), told)
    hook.wait(1)
    sent.leave(0.2)
    [words] = told.words
    assert words.startswith(f"alerts cannot be sent to {places(hook.url())[0].label}: ")
    assert words.endswith("They are recorded all the same.")
    assert SECRET not in words
    assert sent.wait(0)


def test_trying_ends(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MOST_SECONDS", 0.2)
    sent = Delivery()
    sent.post(MESSAGE, places(f"http://127.0.0.1:1/{SECRET}"), told)
    assert sent.wait(LONG)
    (word,) = told.words
    assert word == (
        "alerts cannot be sent to http://127.0.0.1:1/…: connection refused. They are recorded all the same."
    )


def test_a_refusal_is_final_and_told_once_until_it_works_again(hook: Hook, told: Told) -> None:
    hook.replies += [Reply(404), Reply(404), Reply(200), Reply(404)]
    sent = Delivery()
    for count in (1, 1, 1, 2):
        sent.post(MESSAGE, places(hook.url()), told)
        assert sent.wait(LONG)
        assert len(told.words) == count
    assert len(hook.requests) == 4
    assert SECRET not in "".join(told.words)


def test_a_place_that_is_down_holds_up_no_other(hook: Hook, told: Told) -> None:
    sent = Delivery()
    down = places(f"http://127.0.0.1:1/{SECRET}")
    for _ in range(20):
        sent.post(MESSAGE, (*down, *places(hook.url())), told)
    hook.wait(20)
    assert not sent.wait(0)


def test_the_oldest_go_when_too_many_wait(hook: Hook, told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "MOST_WAITING", 5)
    held = threading.Event()
    hook.replies.append(Reply(held=held))
    sent = Delivery()
    sent.post(replace(MESSAGE, step=-1), places(hook.url()), told)
    hook.wait(1)
    for step in range(20):
        sent.post(replace(MESSAGE, step=step), places(hook.url()), told)
    assert not sent.wait(0.01)
    held.set()
    assert sent.wait(LONG)
    assert [one.json["step"] for one in hook.requests] == [-1, 15, 16, 17, 18, 19]
    assert told.words == ["more than 5 alerts wait to be sent; of these the oldest are not. All are recorded."]


@APPRISE
def test_what_is_wrong_with_a_place_is_told_before_there_is_an_alert(told: Told) -> None:
    sent = Delivery()
    sent.prepare(places(f"nonsense://{SECRET}"), told)
    sent.post(MESSAGE, places(f"nonsense://{SECRET}"), told)
    assert sent.wait(LONG)
    (word,) = told.words
    assert word.startswith("alerts cannot be sent to nonsense://…: apprise knows no such address: Unparseable URL")
    assert SECRET not in word


def test_getting_ready_is_nothing_to_wait_for(hook: Hook, told: Told) -> None:
    sent = Delivery()
    assert sent.wait(0)
    sent.prepare(places(hook.url()), told)
    assert sent.wait(0)


def test_a_fault_of_a_library_costs_its_alert_alone(hook: Hook, told: Told) -> None:
    def opened(place: Place) -> object:
        raise ZeroDivisionError(place.url)

    sent = Delivery(opened)  # type: ignore[arg-type]
    sent.post(MESSAGE, places(hook.url()), told)
    assert sent.wait(LONG)
    assert [SECRET in word for word in told.words] == [False]
    assert "a fault of builtins, ZeroDivisionError" in told.words[0]


def test_where_no_thread_can_be_started_whoever_waits_delivers(
    hook: Hook, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "trackio-alerts":
            raise RuntimeError("can't start new thread")
        start(thread)

    sent = Delivery()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        hook.replies.append(Reply(503))
        sent.post(MESSAGE, places(hook.url()), told)
        assert sent.wait(LONG)
    assert len(hook.requests) == 2
    sent.post(MESSAGE, places(f"http://127.0.0.1:1/{SECRET}"), told)
    assert not sent.wait(0.05)


def test_many_threads_may_post_at_once(hook: Hook, told: Told) -> None:
    sent = Delivery()
    threads = [
        threading.Thread(target=lambda: [sent.post(MESSAGE, places(hook.url()), told) for _ in range(10)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sent.wait(LONG)
    assert len(hook.requests) == 80


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
def test_the_child_of_a_fork_delivers_its_own_and_the_parent_the_rest(hook: Hook, told: Told) -> None:
    held = threading.Event()
    hook.replies.append(Reply(held=held))
    sent = Delivery()
    sent.post(replace(MESSAGE, step=1), places(hook.url()), told)
    hook.wait(1)
    sent.pause()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            sent.continue_in_child()
            sent.post(replace(MESSAGE, step=2), places(hook.url()), told)
            code = 0 if sent.wait(LONG) else 2
        finally:
            os._exit(code)
    sent.go_on()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    held.set()
    assert sent.wait(LONG)
    assert [one.json["step"] for one in hook.requests] == [1, 2]
