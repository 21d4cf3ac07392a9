"""The bytes of a request, as they come: unpacked, checked, and never more than was allowed."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from trackio.server.refusals import Refused

if TYPE_CHECKING:
    from fastapi import Request

CRC_HEADER = "X-Trackio-Crc32"

_CRC = re.compile(r"[0-9a-f]{8}")
_GZIP = 16 + zlib.MAX_WBITS


async def checked(request: Request, limit: int) -> bytes:
    """The unpacked body, which is what its CRC-32 says; refuses any other, and one of more than ``limit`` bytes."""
    wanted = request.headers.get(CRC_HEADER, "").lower()
    if not _CRC.fullmatch(wanted):
        raise Refused(400, f"The header {CRC_HEADER} is missing: the CRC-32 of the unpacked body as 8 hex digits.")
    data = await body(request, limit)
    if f"{zlib.crc32(data):08x}" != wanted:
        raise Refused(400, f"The body is not what {CRC_HEADER} says: it was damaged on its way. Send it again.")
    return data


async def body(request: Request, limit: int) -> bytes:
    """The unpacked body; refuses one of more than ``limit`` bytes as soon as it is."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise Refused(415, f"Content-Encoding {encoding!r} is unknown here. Use gzip, or none.")
    unpacked = bytearray()
    inflate = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    try:
        async for chunk in request.stream():
            # One byte more than there may be tells that there is too much, however little it was packed to.
            unpacked += chunk if inflate is None else inflate.decompress(chunk, limit + 1 - len(unpacked))
            if len(unpacked) > limit:
                raise too_large(limit)
    except zlib.error:
        raise Refused(400, "The body is no gzip, though Content-Encoding says so. Send it again.") from None
    if inflate is not None and (not inflate.eof or inflate.unused_data) and (unpacked or not _is_empty(request)):
        raise Refused(400, "The gzip body was cut short, or goes on after its end. Send it again.")
    return bytes(unpacked)


def too_large(limit: int) -> Refused:
    """The answer to more than so many bytes."""
    return Refused(413, f"That is more than {limit:,} bytes. Send it in smaller pieces.")


def _is_empty(request: Request) -> bool:
    return request.headers.get("Content-Length") == "0"
