"""Which voice is the agent: by what each says, by the channel, or because the site says so; and how sure that is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.analyze import ROLE_CONFIDENCE
from analyzers.conversation import Conversation, Limit, Party, Roles
from analyzers.roles import SWAPPED, with_roles
from tests.builders import heard as call

SURE = 0.95
AGENT, CUSTOMER, OTHER = Party.AGENT, Party.CUSTOMER, Party.OTHER

ZH_AGENT = "您好，欢迎致电星河电器，工号零八零三为您服务，请讲。请您稍等，我帮您查询一下。"
ZH_CUSTOMER = "你好，我想问一下，我的订单怎么还没到，你们什么时候送？"
EN_AGENT = "Thank you for calling Galaxy Appliances, this is Amy. How may I help you? May I have your order number?"
EN_CUSTOMER = "Hi, I ordered a kettle last week and I was wondering when it will come."
ZH_SECOND_AGENT = "您好，这里是贷款服务部，我是客服小何，请您提供一下合同号码，我帮您查询。"
EN_RELATIVE = "I am her husband, I want to make a complaint too, you charged me twice and nobody has called."


def parties(conversation: Conversation) -> dict[str, Party]:
    """The party of each speaker, of those that have only one."""
    found = {(region.speaker, region.party) for region in conversation.speech}
    assert len(found) == len(dict(found))
    assert {(turn.speaker, turn.party) for turn in conversation.turns} == found
    assert {(word.speaker, word.party) for word in conversation.words} <= found
    return dict(found)


PAIRS = {
    "zh": (ZH_AGENT, ZH_CUSTOMER),
    "en": (EN_AGENT, EN_CUSTOMER),
    "misheard": ("您好欢迎志电星河电器,公号零八零三位您服务,请您稍等", "你好我想问一吓我的定单怎么还没道"),
    "rude zh": ("喂，什么事，快说。", "我要投诉，我买的手机坏了，你们的同事说帮我退，给我转领导。"),
    "rude en": ("Yeah, what do you want?", "I want a refund. I'm calling about my order, could you check my order?"),
    "cold en": ("Yep, account number. I told you, it is your bill.", "I received a huge bill. Who am I speaking to?"),
    "few words en": ("My pleasure. That's all right.", "You charged me twice, I want to complain."),
    "customer silent": ("请问有什么可以帮您", ""),
    "customer first": ("好的，郑女士您好，请您稍等，我帮您看一下。", "你好，我姓郑，我的订单送错了，帮我看一下。"),
}


@pytest.mark.parametrize(("agent", "customer"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("agent_first", [True, False])
@pytest.mark.parametrize("stereo", [True, False])
def test_the_agent_is_found_by_what_is_said(agent: str, customer: str, agent_first: bool, stereo: bool) -> None:
    one, other = ("channel-1", "channel-0") if stereo else ("SPEAKER_01", "SPEAKER_00")
    lines = [(one, agent), (other, customer)]
    found = with_roles(call(lines if agent_first else lines[::-1], stereo=stereo))
    assert parties(found) == {one: AGENT, other: CUSTOMER}
    assert found.roles.source == "content"
    assert found.roles.confidence > ROLE_CONFIDENCE


SMALL_TALK = {
    "silence": ("", ""),
    "listening": ("嗯嗯", "好"),
    "read aloud": ("绝大多数楼盘售价保持稳定", "想听歌曲去大理"),
    "friends zh": ("我想买一个，你能不能帮我问问，我周末要去", "行，你给我打电话，你几点到你家，你有没有空，什么时候"),
    "friends en": (
        "I want to go but I need my car",
        "Did you call? Are you home? Have a good day, do you want your keys?",
    ),
}


@pytest.mark.parametrize("said", SMALL_TALK.values(), ids=SMALL_TALK)
@pytest.mark.parametrize("stereo", [True, False])
@pytest.mark.parametrize("direction", ["inbound", "outbound", None])
def test_small_signs_do_not_add_up_to_certainty(said: tuple[str, str], stereo: bool, direction: str | None) -> None:
    names = ("channel-1", "channel-0") if stereo else ("A", "B")
    found = with_roles(call(list(zip(names, said, strict=True)) * 5, stereo=stereo, direction=direction))
    assert 0.5 <= found.roles.confidence < ROLE_CONFIDENCE
    assert sorted(parties(found).values()) == [AGENT, CUSTOMER]


def test_without_words_who_speaks_first_and_the_first_channel_are_likelier_the_agents() -> None:
    assert parties(with_roles(call([("channel-0", ""), ("channel-1", "")])))["channel-0"] is AGENT
    assert parties(with_roles(call([("B", ""), ("A", "")], stereo=False)))["B"] is AGENT


@pytest.mark.parametrize(("direction", "first"), [("inbound", AGENT), ("outbound", CUSTOMER), (None, CUSTOMER)])
def test_who_is_called_answers(direction: str | None, first: Party) -> None:
    found = with_roles(call([("A", "喂，你好"), ("B", "哎，是老张")], stereo=False, direction=direction))
    assert parties(found) == {"A": first, "B": first.counterpart}


def test_one_voice_only() -> None:
    alone = with_roles(call([("channel-1", EN_CUSTOMER + " Cancel my order.")]))
    assert parties(alone) == {"channel-1": CUSTOMER}
    assert alone.roles.confidence > ROLE_CONFIDENCE
    assert with_roles(call([("A", "people talking")], stereo=False)).roles.confidence < ROLE_CONFIDENCE


def test_nobody_speaks() -> None:
    for silent in (call([]), call([], agent_channel=0)):
        assert with_roles(silent) == replace(silent, roles=Roles("content", 0.5, "nobody speaks"))


# What the site says


@pytest.mark.parametrize("agent_channel", [0, 1])
@pytest.mark.parametrize("source", ["metadata", "settings"])
def test_what_the_site_says_is_believed(agent_channel: int, source: str) -> None:
    lines = [("channel-0", "喂，说吧"), ("channel-1", "就是那个东西")]
    in_metadata = {"agent_channel": agent_channel} if source == "metadata" else {}
    found = with_roles(call(lines, **in_metadata), agent_channel if source == "settings" else None)
    assert parties(found) == {f"channel-{agent_channel}": AGENT, f"channel-{1 - agent_channel}": CUSTOMER}
    assert found.roles == Roles(source, 1.0, f"channel {agent_channel} is the agent's")
    assert found.limits == ()


def test_metadata_goes_before_settings() -> None:
    lines = [("channel-0", EN_AGENT), ("channel-1", EN_CUSTOMER)]
    assert with_roles(call(lines, agent_channel=0), 1).roles.source == "metadata"


@pytest.mark.parametrize("lines", [[("channel-0", EN_CUSTOMER + " It is my order."), ("channel-1", EN_AGENT)]] * 1)
@pytest.mark.parametrize("agent_channel", [0, None])
def test_swapped_channels_make_nobody_sure(lines: list[tuple[str, str]], agent_channel: int | None) -> None:
    found = with_roles(call(lines, **({"agent_channel": 0} if agent_channel == 0 else {})), 0)
    source = "metadata" if agent_channel == 0 else "settings"
    assert parties(found) == {"channel-0": AGENT, "channel-1": CUSTOMER}, "labels stay as told"
    assert (found.roles.source, found.roles.confidence) == (source, 0.5)
    (limit,) = found.limits
    assert limit.what == "roles"
    assert "contradicts" in limit.because
    assert "correct agent_channel" in limit.because
    assert with_roles(found, 0) == found, "a second time says it once"
    right = with_roles(replace(found, recording=call(lines, agent_channel=1).recording))
    assert (right.roles.confidence, right.limits) == (1.0, ())


def test_one_side_silent_and_the_other_contradicting() -> None:
    voice = EN_AGENT + " Thank you for holding. Is there anything else I can help you with?"
    assert with_roles(call([("channel-1", voice)], agent_channel=1)).roles.confidence == 1.0
    assert with_roles(call([("channel-1", voice)], agent_channel=0)).roles.confidence == 0.5


def test_weak_contradiction_is_not_enough() -> None:
    lines = [("channel-0", "I was wondering"), ("channel-1", "how are you, take care")]
    swapped = with_roles(call([("channel-1", lines[1][1]), ("channel-0", lines[0][1])])).roles.confidence
    assert swapped < SWAPPED
    assert with_roles(call(lines, agent_channel=0)).roles.confidence == 1.0


def test_voices_that_share_a_channel_are_not_told_by_it() -> None:
    shared = call([("SPEAKER_00", EN_CUSTOMER + " My order is late."), ("SPEAKER_01", EN_AGENT)], agent_channel=0)
    assert parties(with_roles(shared)) == {"SPEAKER_00": CUSTOMER, "SPEAKER_01": AGENT}


def test_other_limits_stay() -> None:
    other = Limit("speech", "faint")
    assert with_roles(replace(call([("A", "")], stereo=False), limits=(other,))).limits == (other,)


# More than two voices


def test_all_voices_of_a_channel_are_of_one_side() -> None:
    lines = [
        ("channel-0", ZH_AGENT),
        ("channel-1", ZH_CUSTOMER),
        ("channel-0-voice-2", "等一下"),
        ("channel-1", "好的"),
    ]
    for conversation in (call(lines), call(lines, agent_channel=0)):
        found = with_roles(conversation)
        assert parties(found) == {"channel-0": AGENT, "channel-0-voice-2": AGENT, "channel-1": CUSTOMER}
        assert len(found.turns) == len(lines), "turns are each voice's own"


@pytest.mark.parametrize(
    ("third", "party"),
    [(ZH_SECOND_AGENT, AGENT), (EN_RELATIVE, CUSTOMER), ("爸爸吃饭了", OTHER), ("", OTHER)],
    ids=["second agent", "relative", "child", "wordless"],
)
@pytest.mark.parametrize("stereo", [True, False])
def test_a_third_voice_joins_the_side_it_clearly_speaks_like(third: str, party: Party, stereo: bool) -> None:
    agent, customer, voice = ("channel-0", "channel-1", "channel-2") if stereo else ("A", "B", "C")
    lines = [(agent, ZH_AGENT), (customer, ZH_CUSTOMER), (voice, third), (customer, ZH_CUSTOMER)]
    assert parties(with_roles(call(lines, stereo=stereo))) == {agent: AGENT, customer: CUSTOMER, voice: party}


def test_two_agents_who_say_more_than_the_customer_are_no_pair() -> None:
    lines = [("A", ZH_AGENT * 2), ("C", ZH_CUSTOMER), ("B", ZH_SECOND_AGENT), ("C", "好的")]
    assert parties(with_roles(call(lines, stereo=False))) == {"A": AGENT, "B": AGENT, "C": CUSTOMER}


def test_a_scrap_of_a_voice_is_not_the_customer() -> None:
    lines = [("A", ZH_AGENT * 2), ("C", "喂，说吧，那个东西什么时候到，东西坏了你看着办"), ("D", "我要投诉")]
    assert parties(with_roles(call(lines, stereo=False)))["C"] is CUSTOMER


def test_three_channels_with_the_agents_told() -> None:
    lines = [("channel-2", ZH_AGENT), ("channel-0", ZH_CUSTOMER), ("channel-1", ZH_SECOND_AGENT), ("channel-0", "好")]
    found = with_roles(call(lines, agent_channel=2))
    assert parties(found) == {"channel-2": AGENT, "channel-0": CUSTOMER, "channel-1": AGENT}


# Announcements

RECORDED = "为了保证服务质量，您的通话可能会被录音。"
MENU = "查询订单请按一，人工服务请按零。"
BUSY = "All our agents are busy. Your call is important to us, please continue to hold."


def of_turns(conversation: Conversation) -> list[Party]:
    return [turn.party for turn in conversation.turns]


def test_announcements_before_the_agent_on_the_agents_channel_are_nobodys() -> None:
    lines = [
        ("channel-0", "欢迎致电星河电器。" + RECORDED),
        ("channel-1", "喂，人工"),
        ("channel-0", MENU),
        ("channel-1", "嗯"),
        ("channel-0", ZH_AGENT),
        ("channel-1", ZH_CUSTOMER),
    ]
    for conversation in (call(lines), call(lines, agent_channel=0)):
        found = with_roles(conversation)
        assert of_turns(found) == [OTHER, CUSTOMER, OTHER, CUSTOMER, AGENT, CUSTOMER]
        assert found.words_of(AGENT)[0].text == "您", "the agent's greeting is the agent's own"
        assert {word.party for word in found.words if word.span.end_s < found.turns[1].span.start_s} == {OTHER}
        assert not found.diarized


def test_what_an_agent_says_of_recording_stays_the_agents() -> None:
    lines = [("A", "This call may be recorded. My name is Amy, how may I help you?"), ("B", EN_CUSTOMER)]
    later = [("A", EN_AGENT), ("B", EN_CUSTOMER), ("A", "Calls are recorded for training purposes."), ("B", "okay")]
    assert OTHER not in of_turns(with_roles(call(lines, stereo=False)))
    assert OTHER not in of_turns(with_roles(call(later, stereo=False)))


def test_announcements_in_a_hold_and_after_the_call_are_nobodys() -> None:
    lines = [
        ("A", EN_AGENT),
        ("B", EN_CUSTOMER),
        ("A", "Would you mind holding while I check?"),
        ("B", "Sure"),
        ("A", BUSY),
        ("B", "hm"),
        ("A", "I'm back, thank you for holding. It comes tomorrow."),
        ("B", "Thanks"),
        ("A", "To rate this call, press one."),
    ]
    found = of_turns(with_roles(call(lines, stereo=False)))
    assert [i for i, party in enumerate(found) if party is OTHER] == [4, 8]


def test_a_voice_that_only_announces_is_nobodys() -> None:
    lines = [("X", RECORDED), ("X", MENU + "正在为您转接。"), ("A", ZH_AGENT), ("B", ZH_CUSTOMER)]
    assert parties(with_roles(call(lines, stereo=False))) == {"X": OTHER, "A": AGENT, "B": CUSTOMER}
    assert with_roles(call(lines[:2], stereo=False)).roles == Roles("content", 0.5, "nobody speaks")


def test_a_voicemail_on_the_customers_channel_is_not_the_customer() -> None:
    lines = [
        ("channel-1", "您拨打的用户暂时无法接通，请在提示音声后留言。"),
        ("channel-0", "您好，这里是星河电器，请您方便时回电。"),
    ]
    found = with_roles(call(lines, direction="outbound", agent_channel=0))
    assert parties(found) == {"channel-0": AGENT, "channel-1": OTHER}


# Properties

SAYINGS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B"]),
        st.sampled_from([ZH_AGENT, ZH_CUSTOMER, EN_AGENT, EN_CUSTOMER, BUSY, "", "嗯", "喂"]),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(SAYINGS)
def test_swapping_the_voices_swaps_the_answer(lines: list[tuple[str, str]]) -> None:
    one = with_roles(call(lines, stereo=False))
    other = with_roles(call([("AB"["BA".index(who)], text) for who, text in lines], stereo=False))
    assert one.roles.confidence == pytest.approx(other.roles.confidence)
    if one.roles.confidence > 0.5:
        assert of_turns(one) == of_turns(other)


@settings(max_examples=40, deadline=None)
@given(
    SAYINGS, st.sampled_from(["how may i help you", "please verify your account number", "为您服务", "请您提供一下"])
)
def test_another_phrase_of_the_agent_never_makes_the_agent_less_likely(lines: list[tuple[str, str]], more: str) -> None:
    def is_agent(extra: str) -> float:
        found = with_roles(call([("A", "A " + extra), ("B", "好 " + ZH_CUSTOMER), *lines], stereo=False))
        likelier = next(turn.party for turn in found.turns if turn.speaker == "A")
        return found.roles.confidence if likelier is AGENT else 1 - found.roles.confidence

    assert is_agent(more) >= is_agent("") - 1e-9


@settings(max_examples=30, deadline=None)
@given(SAYINGS, st.sampled_from([0, 1, None]))
def test_applied_again_it_gives_the_same(lines: list[tuple[str, str]], agent_channel: int | None) -> None:
    named = [({"A": "channel-0", "B": "channel-1"}[who], text) for who, text in lines]
    once = with_roles(call(named), agent_channel)
    assert with_roles(once, agent_channel) == once


def test_a_habit_does_not_decide() -> None:
    many = with_roles(call([("A", "you're through to us " * 9), ("B", "okay then so be it well" * 3)], stereo=False))
    once = with_roles(call([("A", "you're through to us "), ("B", "okay then so be it well" * 3)], stereo=False))
    assert many.roles.because == once.roles.because
