"""Traditional characters become simplified ones, all else stays."""

from hypothesis import given
from hypothesis import strategies as st

from analyzers.speech.script import full_width, simplified


def test_traditional_becomes_simplified() -> None:
    assert simplified("請問您的訂單號碼，AB12？") == "请问您的订单号码，AB12？"
    assert simplified("乾隆、頭髮、裡面、後天") == "乾隆、头发、里面、后天"


def test_punctuation_after_hanzi_becomes_full_width() -> None:
    assert full_width("你好,这是3.5版,对吗?OK,好的.") == "你好，这是3.5版，对吗？OK,好的。"


@given(st.text(alphabet=st.characters(max_codepoint=0x24F), max_size=40))
def test_latin_text_stays(text: str) -> None:
    assert simplified(text) == text
