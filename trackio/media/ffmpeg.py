"""Films through ffmpeg: the one that imageio-ffmpeg brings along, or one on PATH."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackio.errors import MissingExtra, UsageError
from trackio.media.extras import load

if TYPE_CHECKING:
    import numpy as np

_CODECS = {
    "mp4": ["-c:v", "libx264", "-crf", "20", "-preset", "veryfast", "-movflags", "+faststart"],
    "webm": ["-c:v", "libvpx-vp9", "-crf", "30", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6"],
    "ogg": ["-c:v", "libtheora", "-q:v", "8"],
}
_SIZE = re.compile(r"Video: .*?\b(\d{1,5})x(\d{1,5})\b")
_RATE = re.compile(r"\b(\d+(?:\.\d+)?) fps\b")
_LENGTH = re.compile(r"Duration: (\d+):(\d+):(\d+(?:\.\d+)?)")
_PATIENCE_SECONDS = 3600
_QUICK_SECONDS = 60


def executable() -> str:
    """The path of ffmpeg; raises MissingExtra when there is none."""
    try:
        return str(load("imageio_ffmpeg").get_ffmpeg_exe())
    except (MissingExtra, RuntimeError):
        found = shutil.which("ffmpeg")
        if found is None:
            raise MissingExtra("imageio-ffmpeg", "media") from None
        return found


def encode(frames: np.ndarray[Any, Any], fps: float, suffix: str) -> bytes:
    """A film of frames ``(time, height, width, 3)`` of uint8; the same frames give the same bytes.

    Players want sizes that are even: the last row and column are repeated where they are not.
    """
    import numpy as np

    program = executable()
    height, width = frames.shape[1:3]
    odd = (height % 2, width % 2)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as told:
        out = Path(folder, f"film.{suffix}")
        command = [
            *(program, "-nostdin", "-loglevel", "error"),
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width + odd[1]}x{height + odd[0]}", "-r", str(fps)),
            *("-i", "pipe:0", "-an", *_CODECS[suffix], "-pix_fmt", "yuv420p"),
            # No date and no version in the file.
            *("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", str(out)),
        ]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told) as process:
            try:
                _write(process, (np.pad(frame, ((0, odd[0]), (0, odd[1]), (0, 0)), "edge") for frame in frames))
                code = process.wait(_PATIENCE_SECONDS)
            finally:
                process.kill()
        if code or not out.exists():
            told.seek(0)
            reason = told.read(2000).decode("utf-8", "replace").strip().splitlines()
            raise UsageError(f"ffmpeg could not make {suffix}: {reason[-1] if reason else f'it ended with {code}'}")
        return out.read_bytes()


def facts(film: Path) -> dict[str, Any]:
    """Size, frames a second and number of frames of a film; nothing without ffmpeg, or when it cannot read it."""
    try:
        command = [executable(), "-nostdin", "-hide_banner", "-i", str(film)]
        # Asked about a file alone, it tells of it, and ends as if that were wrong.
        done = subprocess.run(command, capture_output=True, timeout=_QUICK_SECONDS, check=False)
    except (MissingExtra, OSError, subprocess.SubprocessError):
        return {}
    told = done.stderr.decode("utf-8", "replace")
    size, rate, length = (pattern.search(told) for pattern in (_SIZE, _RATE, _LENGTH))
    if size is None:
        return {}
    fps = float(rate[1]) if rate else None
    hours, minutes, rest = map(float, length.groups()) if length else (0.0, 0.0, 0.0)
    seconds = 3600 * hours + 60 * minutes + rest
    frames = round(seconds * fps) if seconds and fps else None
    return {"width": int(size[1]), "height": int(size[2]), "fps": fps, "frames": frames}


def _write(process: subprocess.Popen[bytes], frames: Iterator[np.ndarray[Any, Any]]) -> None:
    pipe = process.stdin
    if pipe is None:
        return
    try:
        for frame in frames:
            pipe.write(frame.tobytes())
        pipe.close()
    except BrokenPipeError:
        # It has ended early, and says why.
        return
