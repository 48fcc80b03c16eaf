"""What the customer first asks, and when the agent first says something to it."""

import pytest

from analyzers.conversation import Party
from analyzers.first_answer import find_first_answer, says_something
from tests.builders import Line, dialogue

AGENT, CUSTOMER = Party.AGENT, Party.CUSTOMER
REQUEST = "i want to return a kettle that i bought"


def found(*lines: Line, language: str = "en") -> tuple[float | None, float, float | None]:
    """Where the request begins, when it was put, where the answer begins."""
    first = find_first_answer(dialogue(lines, language=language))
    begins = [one.span.start_s if one else None for one in (first.request, first.answer)]
    return begins[0], first.asked_s, begins[1]


@pytest.mark.parametrize(
    "empty",
    [
        "I'm so sorry to hear that.",
        "Okay, let me check that for you.",
        "One moment please, thank you.",
        "Sure, I'd be happy to help you with that.",
        "Good morning, thank you very much.",
        "I understand how frustrating that must be.",
    ],
)
def test_courtesies_and_holds_are_no_answer(empty: str) -> None:
    lines: list[Line] = [(AGENT, "hello", 0, 2), (CUSTOMER, REQUEST, 3, 6), (AGENT, empty, 7, 9)]
    assert found(*lines, (AGENT, "Kettles can be returned for a month.", 20, 23)) == (3, 6, 20)
    assert found(*lines) == (3, 6, None)


@pytest.mark.parametrize(
    "empty",
    [
        "非常抱歉给您带来不便，我理解您着急的心情。",
        "好的，我马上为您查询，请您稍等一下，不要挂断电话。",
        "好的，没问题。",
        "感谢您的来电，很高兴为您服务！",
        "对不起，给您添麻烦了。",
    ],
)
def test_courtesies_and_holds_are_no_answer_in_chinese(empty: str) -> None:
    lines: list[Line] = [
        (AGENT, "您好，请问有什么可以帮您？", 0, 2),
        (CUSTOMER, "你好，我的快递还没有收到。", 3, 6),
        (AGENT, empty, 7, 9),
    ]
    answer: Line = (AGENT, "抱歉让您久等了，您的快递明天上午送到。", 20, 23)
    assert found(*lines, answer, language="zh") == (3, 6, 20)
    assert found(*lines, language="zh") == (3, 6, None)


def test_a_courtesy_before_an_answer_and_a_question_are_useful() -> None:
    request: Line = (CUSTOMER, REQUEST, 3, 6)
    assert found(request, (AGENT, "I'm sorry. Which kettle is it?", 6.5, 9)) == (3, 6, 6.5)
    assert found(
        (CUSTOMER, "我要退货，水壶坏了。", 3, 6), (AGENT, "好的，您的订单号是多少？", 6.5, 9), language="zh"
    ) == (3, 6, 6.5)


def test_greetings_and_listening_words_are_no_request() -> None:
    lines: list[Line] = [(CUSTOMER, "Hello, good morning.", 0, 2), (CUSTOMER, "yes okay", 4, 5.5)]
    assert found(*lines) == (None, 0.0, None)
    assert found((CUSTOMER, "喂，你好，在吗？", 0, 2), language="zh") == (None, 0.0, None)
    assert found(*lines, (CUSTOMER, REQUEST, 8, 11)) == (8, 11, None)


def test_the_request_goes_on_until_the_agent_takes_the_floor() -> None:
    lines: list[Line] = [(CUSTOMER, REQUEST, 0, 3), (AGENT, "mm hmm", 3.2, 3.6), (CUSTOMER, "and it has a lid", 4, 7)]
    answer: Line = (AGENT, "When did you buy the kettle?", 8, 10)
    assert found(*lines, answer) == (0, 7, 8)
    assert found(
        *lines, (AGENT, "one moment please", 8, 9.5), (CUSTOMER, "sure I will wait here", 10, 12), (*answer[:2], 20, 22)
    ) == (0, 7, 20)


def test_an_answer_may_begin_before_the_request_ends() -> None:
    assert found((CUSTOMER, REQUEST, 0, 4), (AGENT, "We do not take kettles back.", 3.5, 6)) == (0, 4, 3.5)


@pytest.mark.parametrize(
    ("text", "least", "something"),
    [
        ("", 1, False),
        ("好的好的", 1, False),
        ("抱歉，包裹丢了", 4, True),
        ("thank you", 1, False),
        ("the parcel is lost", 4, True),
    ],
)
def test_something_is_said_beside_courtesies(text: str, least: int, something: bool) -> None:
    assert says_something(text, least) is something
