from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.conversation import Party, Span, Word
from rubrics.phrases import STRETCH_PAUSE_S, Hit, Match, Phrase, find, findable, hear
from tests.builders import conversation, dialogue, tokens


def hits(text: str, *phrases: str | Phrase) -> tuple[Hit, ...]:
    looked_for = [phrase if isinstance(phrase, Phrase) else Phrase(phrase) for phrase in phrases]
    return find(hear(conversation(text).words), looked_for)


def kind(text: str, phrase: str) -> Match | None:
    found = hits(text, phrase)
    return found[0].kind if found else None


def test_a_hit_says_when_what_and_how_surely() -> None:
    call = dialogue([(Party.AGENT, "退款这个事情不归我管", 10, 15)])
    words = tuple(replace(word, probability=0.5 if word.text == "管" else 1.0) for word in call.words)
    assert find(hear(words), [Phrase("不归我管")]) == (
        Hit(Span(13, 15), Party.AGENT, "不归我管", "不归我管", Match.EXACT, 0.875),
    )


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("這個不歸我管", "不归我管"),
        ("That’s NOT my problem!", "that is not my problem"),
        ("please wait twenty-four hours", "24 hours"),
        ("请等二十四小时", "24小时"),
        ("打幺二三幺五", "12315"),
        ("This is Michael from the bank speaking", "this is ... speaking"),
        ("你找财务部门去", "你找…去"),
        ("good bye", "Goodbye."),
    ],
)
def test_writing_does_not_matter(text: str, phrase: str) -> None:
    assert kind(text, phrase) is Match.EXACT


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("这个不归我馆", "不归我管"),
        ("你自己看这办", "你自己看着办"),
        ("你听不董马", "听不懂吗"),
        ("你自己康着办", "你自己看着办"),  # kang for kan
        ("我去银航", "去银行"),  # the phrase is read as a whole: yin hang
        ("我去银形", "去银行"),  # and character by character: yin xing
    ],
)
def test_characters_that_sound_the_same_are_heard(text: str, phrase: str) -> None:
    assert kind(text, phrase) is Match.HOMOPHONE


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("那是你自己的门体", "那是你自己的问题"),  # wrong
        ("那是你自己问题", "那是你自己的问题"),  # missing
        ("那是你自己的的问题", "那是你自己的问题"),  # one too many
        ("please calm don", "calm down"),
        ("it's not my problems", "not my problem"),
        ("not my respons ability", "not my responsibility"),
        ("not, uh, my problem", "not my problem"),
        ("can you hold for moment", "hold for a moment"),
    ],
)
def test_one_slip_in_a_long_phrase_is_borne(text: str, phrase: str) -> None:
    assert kind(text, phrase) is Match.FUZZY


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("在建", "再见"),  # two syllables sound alike by chance
        ("你四谁", "你是谁"),  # three may not be blurred too
        ("不归你管", "不归我管"),
        ("那是我自己的问题", "那是你自己的问题"),
        ("这件事关我们的事", "这件事不关我们的事"),
        ("that's my problem", "that's not my problem"),
        ("what is your problem", "that is your problem"),
        ("not your problem", "not my problem"),
        ("you don't need my number", "you don't need my name"),
        ("good evening everyone", "good morning everyone"),
        ("shut us", "shut up"),
        ("shut upstairs", "shut up"),
        ("we care", "who cares"),
        ("listen to me", "just listen to me"),
        ("this is a very long way to go before speaking", "this is ... speaking"),
        ("你自己看着", "你自己看着办"),
    ],
)
def test_near_misses_are_not_hits(text: str, phrase: str) -> None:
    assert kind(text, phrase) is None


def test_the_loosest_kind_can_be_set() -> None:
    text, phrase = "不归我馆 calm don", ("不归我管", "calm down")
    assert hits(text, *(Phrase(p, Match.EXACT) for p in phrase)) == ()
    assert [hit.phrase for hit in hits(text, *(Phrase(p, Match.HOMOPHONE) for p in phrase))] == ["不归我管"]
    assert [hit.phrase for hit in hits(text, *(Phrase(p, Match.FUZZY) for p in phrase))] == list(phrase)


def test_what_lies_inside_an_exception_is_no_hit() -> None:
    phrase = Phrase("不知道", exceptions=("我不知道您",))
    found = hits("我不知道您是否方便，我不知道", phrase)
    assert [hit.span.start_s for hit in found] == [pytest.approx(3.3)]
    assert hits("看看是不是我们的问题", Phrase("不是我们的问题", exceptions=("是不是...问题",))) == ()


def test_hits_do_not_overlap_and_the_longer_is_kept() -> None:
    found = hits("that's not my department", "my department", "not my department", "that's not my department")
    assert [hit.phrase for hit in found] == ["that's not my department"]


def test_the_same_phrase_is_counted_each_time() -> None:
    assert [hit.heard for hit in hits("谢谢 谢谢 Thanks", "谢谢")] == ["谢谢", "谢谢"]


@pytest.mark.parametrize(("pause_s", "found"), [(STRETCH_PAUSE_S - 0.1, 1), (STRETCH_PAUSE_S, 0)])
def test_a_phrase_runs_over_a_short_pause_whoever_speaks_in_it(pause_s: float, found: int) -> None:
    call = dialogue(
        [
            (Party.AGENT, "这个不归", 0, 2),
            (Party.CUSTOMER, "啊", 2, 2.5),
            (Party.AGENT, "我管", 2 + pause_s, 4),
        ]
    )
    assert len(find(hear(call.words_of(Party.AGENT)), [Phrase("不归我管")])) == found


def test_endings_that_the_recogniser_cut_off_belong_to_their_word() -> None:
    words = tuple(
        Word(Span(i, i + 0.5), text, Party.AGENT, 1.0) for i, text in enumerate(["That", "'s", "not", "my", "job"])
    )
    found = find(
        hear(tuple(replace(w, span=Span(w.span.start_s / 2, w.span.end_s / 2)) for w in words)),
        [Phrase("that's not my job")],
    )
    assert [(hit.span, hit.heard) for hit in found] == [(Span(0, 2.25), "That's not my job")]


def test_nothing_is_found_in_nothing() -> None:
    assert find(hear(()), [Phrase("您好")]) == ()
    assert hits("您好", "。。。", "", "...") == ()
    assert [findable(text) for text in ("。。", "...", "", "好", "12", "a")] == [False, False, False, True, True, True]


texts = st.text(max_size=40) | st.text(alphabet="您好请稍等不归我管 calm down's12一二十…", max_size=40)


@given(st.lists(texts, max_size=6), st.lists(texts, max_size=4))
@settings(max_examples=150)
def test_any_text_can_be_searched_for_any_text(said: list[str], phrases: list[str]) -> None:
    words = tuple(Word(Span(i, i + 1), text, Party.AGENT, 0.5) for i, text in enumerate(said))
    for hit in find(hear(words), [Phrase(text, exceptions=("好",)) for text in phrases]):
        assert 0 <= hit.span.start_s < hit.span.end_s <= len(said)


@given(
    before=st.lists(st.sampled_from(["嗯", "那个", "fine", "12", "二十", "！", ""]), max_size=5),
    phrase=st.sampled_from(["请您稍等", "that's not my job", "我等了二十四小时", "please call 12315", "转接VIP客服"]),
    after=st.lists(st.sampled_from(["哦", "ok", "3", "。", ""]), max_size=5),
)
@settings(max_examples=100)
def test_a_span_found_is_where_the_text_is(before: list[str], phrase: str, after: list[str]) -> None:
    said = [*before, "嗯", *tokens(phrase), "嗯", *after]
    words = tuple(Word(Span(i / 4, (i + 1) / 4), text, Party.AGENT, 1.0) for i, text in enumerate(said))
    first = len(before) + 1
    spans = [hit.span for hit in find(hear(words), [Phrase(phrase, Match.EXACT)])]
    assert spans == [Span(first / 4, (first + len(tokens(phrase))) / 4)]
