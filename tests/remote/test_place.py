"""Which server settings name, and what is kept of its address."""

from __future__ import annotations

import pickle

import pytest

from trackio.errors import UsageError
from trackio.remote.place import at, chosen, space


@pytest.mark.parametrize(
    ("given", "url", "token", "login"),
    [
        ("http://host:7860/?write_token=T", "http://host:7860", "T", None),
        ("http://host:7860", "http://host:7860", None, None),
        ("https://host/trackio/?write_token=T", "https://host/trackio", "T", None),
        ("https://ann:p%40ss@host/trackio/", "https://host/trackio", None, "ann:p%40ss"),
        ("  https://HOST/a/b?project=p&token=T#frag ", "https://HOST/a/b", "T", None),
        ("http://[::1]:80/?write_token=a%2Bb%2Fc", "http://[::1]:80", "a+b/c", None),
        ("http://host/?write_token=a+b", "http://host", "a+b", None),
        ("http://host/?write_token=100%25", "http://host", "100%", None),
        ("http://host/?write_token=", "http://host", None, None),
    ],
)
def test_an_address_gives_its_token_away(given: str, url: str, token: str | None, login: str | None) -> None:
    place = at(given)
    assert (place.url, place.token, place.login) == (url, token, login)
    assert repr(place) == f"Place(url={url!r}, space_id=None)"
    assert pickle.loads(pickle.dumps(place)) == place
    assert at(place.address, place.token) == place


def test_the_token_in_the_address_stands_over_the_other() -> None:
    assert at("http://h/?write_token=mine", "other").token == "mine"
    assert at("http://h/", " other\n").token == "other"


@pytest.mark.parametrize("token", ["a b\nc", "ä", "a\x00"])
def test_a_token_that_no_header_takes_is_refused_untold(token: str) -> None:
    with pytest.raises(UsageError) as caught:
        at("http://h", token)
    assert token not in str(caught.value)


@pytest.mark.parametrize(
    ("space_id", "host"),
    [
        ("user/space", "user-space"),
        ("User/My_Space.v2", "user-my-space-v2"),
        ("a/b--c", "a-b-c"),
    ],
)
def test_a_space_has_an_address(space_id: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = space(space_id, "T")
    assert found is not None
    assert (found.url, found.token, found.space_id) == (f"https://{host}.hf.space", "T", space_id)
    monkeypatch.setenv("TRACKIO_SPACE_ENDPOINT", "http://127.0.0.1:1/{}/")
    found = space(space_id)
    assert found is not None
    assert found.url == f"http://127.0.0.1:1/{host}"


@pytest.mark.parametrize("space_id", ["charts", "a/b/c", "../x/y", "https://huggingface.co/spaces/a/b", "a b/c"])
def test_what_names_no_owner_and_space_has_none(space_id: str) -> None:
    assert space(space_id) is None


def test_an_address_stands_before_a_space() -> None:
    both = chosen("http://h", "a/b", None)
    one = chosen(" ", "a/b", None)
    assert both is not None
    assert one is not None
    assert (both.url, one.url) == ("http://h", "https://a-b.hf.space")
    assert chosen(None, None, "T") is None
    assert chosen("", " ", None) is None
