"""Script: Chinese as it is written in print, whatever the recogniser wrote.

Whisper was trained on subtitles of either script and changes from one to the other within a call, and it
sets half-width punctuation among Hanzi.
"""

from __future__ import annotations

import re
from functools import lru_cache

from opencc import OpenCC

FULL_WIDTH = {",": "，", ".": "。", "?": "？", "!": "！", ":": "：", ";": "；"}
_AFTER_HANZI = re.compile(rf"(?<=[\u3400-\u4dbf\u4e00-\u9fff])[{re.escape(''.join(FULL_WIDTH))}]")


def simplified(text: str) -> str:
    """The text with traditional characters replaced by simplified ones (OpenCC's t2s); all else as it is."""
    converted: str = _converter().convert(text)
    return converted


def full_width(text: str) -> str:
    """The text with the punctuation that follows a Hanzi in full width; all else as it is.

    >>> full_width("你好,我的版本是3.5,OK.")
    '你好，我的版本是3.5,OK.'
    """
    return _AFTER_HANZI.sub(lambda mark: FULL_WIDTH[mark.group()], text)


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")
