"""File names from any text: readable, unique within a site, steady between builds (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

LONGEST = 60

RESERVED = frozenset(
    # Windows opens a device under these names, with any extension.
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)


def slugs(names: Mapping[str, str], noun: str, reserved: Iterable[str] = ()) -> dict[str, str]:
    """A slug for each key of ``names``, made from its name; ``noun`` stands in for a name with no letter to keep.

    The names come in the order in which the data first had them: of several that look alike (``Loss`` and ``loss``,
    ``a/b`` and ``a-b``) the first has the plain slug and later ones carry a hash of their key, so a name that is added
    tomorrow changes no address of today. Slugs are lower case, as some file systems do not tell cases apart.
    """
    taken = {*RESERVED, *reserved}
    found: dict[str, str] = {}
    for key, name in names.items():
        plain, is_whole = _plain(name)
        slug = plain if plain and is_whole else _hashed(plain or noun, key, 8)
        length = 8
        while slug in taken:
            slug = _hashed(plain or noun, key, length)
            length += 8
        taken.add(slug)
        found[key] = slug
    return found


# A dashboard asks for the same names at each look.
@lru_cache(1 << 16)
def _plain(name: str) -> tuple[str, bool]:
    """The readable part of a name, and whether all of it fitted."""
    # A tenth of the time, and there may be a hundred thousand: the same as below says of such names.
    if len(name) <= LONGEST and _USUAL.fullmatch(name):
        return _GAPS.sub("-", name.lower()).strip("_-"), True
    # Imported late: most names of metrics do not need it, and it costs 20 ms.
    from slugify import slugify

    # Four characters may become one, so a very long name need not be read to its end.
    whole: str = slugify(name[: 8 * LONGEST], entities=False, hexadecimal=False, decimal=False, regex_pattern=_DROPPED)
    whole = whole.strip("_-")
    return whole[:LONGEST].strip("_-"), len(whole) <= LONGEST and len(name) <= 8 * LONGEST


_USUAL, _GAPS = re.compile("[A-Za-z0-9_./ -]+"), re.compile("[./ -]+")
_DROPPED = r"[^-a-z0-9_]+"


def _hashed(plain: str, key: str, length: int) -> str:
    digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=32).hexdigest()
    return f"{plain}-{digest[:length]}"
