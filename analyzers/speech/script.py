"""Script: Chinese in simplified characters, whatever the recogniser wrote.

Whisper was trained on subtitles of either script and changes from one to the other within a call.
"""

from __future__ import annotations

from functools import lru_cache

from opencc import OpenCC


def simplified(text: str) -> str:
    """The text with traditional characters replaced by simplified ones (OpenCC's t2s); all else as it is."""
    converted: str = _converter().convert(text)
    return converted


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
