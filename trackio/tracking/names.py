"""Ids and readable names for runs that were given none."""

from __future__ import annotations

import os

_ADJECTIVES = """
amber autumn bold brave breezy bright brisk calm clear clever cosmic crimson crisp curious deep dusty eager
early fair faint fancy fleet gentle glad golden grand happy hidden honest icy jolly keen kind lively lucky
lunar mellow mild misty modest noble olive pale patient plain polar proud quick quiet rapid rosy royal rustic
sandy serene sharp shy silent silver smooth snowy soft solar steady still sunny swift tidy vivid warm wild
winter wise young
""".split()  # noqa: SIM905 - a list of words is read as one
_NOUNS = """
aspen badger beacon birch bison breeze brook canyon cedar cliff cloud comet coral crane creek delta dune eagle
ember falcon fern field fjord forest fox garden glacier glade grove harbor hawk hazel heron hill island ivy
lake lark leaf lynx maple marsh meadow mesa moon moss mountain oak ocean orchid otter owl pebble pine plain
pond prairie rain raven reef ridge river robin sea shore sky snow spark spring star stone stream summit sun
swan tide tree vale valley wave willow wind wolf wood wren
""".split()  # noqa: SIM905 - a list of words is read as one
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def run_id(length: int = 8) -> str:
    """Letters and digits; from the system, so that seeding ``random`` does not repeat it."""
    return "".join(_ALPHABET[byte % 36] for byte in os.urandom(length))


def readable() -> str:
    """A name such as ``brisk-otter-417``."""
    one, two, *number = os.urandom(4)
    count = int.from_bytes(bytes(number), "big") % 1000
    return f"{_ADJECTIVES[one % len(_ADJECTIVES)]}-{_NOUNS[two % len(_NOUNS)]}-{count}"


def writer_id() -> str:
    """What tells the journals of one run apart."""
    return os.urandom(6).hex()
