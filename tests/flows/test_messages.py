from __future__ import annotations

from string import Formatter

import pytest

from flows.messages import MESSAGES, in_language, speaker
from rubrics.finding import Text


def fields(message: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


@pytest.mark.parametrize("key", MESSAGES)
def test_both_languages_say_the_same(key: str) -> None:
    message = MESSAGES[key]
    assert message.en
    assert message.zh
    assert fields(message.en) == fields(message.zh)


def test_a_message_is_filled_in() -> None:
    assert speaker("zh")("undetermined", count=3) == "3 项待复核"
    assert in_language(Text("one", "一"), "en") == "one"
