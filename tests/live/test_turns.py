"""A lock whose holder can let others go first."""

from __future__ import annotations

import threading

from tests.server.running import until
from trackio.live.turns import Turns


def test_one_at_a_time_has_it() -> None:
    turns, inside, seen = Turns(), [0], set[int]()

    def work() -> None:
        for _ in range(300):
            with turns, turns:
                inside[0] += 1
                seen.add(inside[0])
                inside[0] -= 1
            with turns:
                turns.give_way()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (seen, turns.waiting) == ({1}, 0)


def test_those_who_wait_have_it_in_the_order_in_which_they_came() -> None:
    turns, order = Turns(), list[str]()

    def work(name: str) -> None:
        with turns:
            order.append(name)

    threads = []
    with turns:
        for place, name in enumerate("abc", 1):
            threads.append(threading.Thread(target=work, args=(name,)))
            threads[-1].start()
            until(lambda place=place: turns.waiting == place)
        turns.give_way()
        order.append("me")
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c", "me"]


def test_who_holds_it_twice_gives_no_way() -> None:
    turns, order = Turns(), list[str]()

    def work() -> None:
        with turns:
            order.append("other")

    other = threading.Thread(target=work)
    with turns:
        with turns:
            other.start()
            until(lambda: turns.waiting == 1)
            turns.give_way()
        order.append("me")
    other.join()
    assert order == ["me", "other"]


def test_a_fault_inside_lets_go() -> None:
    turns = Turns()
    for _ in range(2):
        try:
            with turns:
                raise ValueError
        except ValueError:
            pass
    assert turns.waiting == 0
