"""Which voice is the agent: by what each says, by the channel, or because the site says so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzers.analyze import ROLE_CONFIDENCE
from analyzers.conversation import Party, Roles
from analyzers.roles import assign, told

SURE = 0.95

ZH_AGENT = "您好，欢迎致电星河电器，工号零八零三为您服务，请讲。请您稍等，我帮您查询一下。"
ZH_CUSTOMER = "你好，我想问一下，我的订单怎么还没到，你们什么时候送？"
EN_AGENT = "Thank you for calling Galaxy Appliances, this is Amy. How may I help you? May I have your order number?"
EN_CUSTOMER = "Hi, I ordered a kettle last week and I was wondering when it will come."


@pytest.mark.parametrize(
    ("agent", "customer"),
    [
        (ZH_AGENT, ZH_CUSTOMER),
        (EN_AGENT, EN_CUSTOMER),
        ("您好欢迎志电星和电器,公号零八零三位您服务。", "你好我想问一吓我的定单怎么还没道。"),  # as recognisers mishear
        ("喂，什么事，快说。", "我要投诉，我买的手机坏了，你们能不能给我退？"),  # a rude agent says no service phrase
        ("Yeah, what do you want?", "I need my refund. I'm calling about my order, could you check my order?"),
        ("Yep, account number. I told you, it is your bill.", "I received a huge bill. Who am I speaking to?"),
        ("My pleasure. That's all right.", "You charged me twice, I want to complain."),
        ("请问有什么可以帮您", ""),
    ],
    ids=["zh", "en", "misheard", "rude zh", "rude en", "cold en", "few words en", "customer silent"],
)
@pytest.mark.parametrize("first", ["A", "B"])
def test_the_agent_is_found_by_what_is_said(agent: str, customer: str, first: str) -> None:
    parties, roles = assign({"B": customer, "A": agent}, first)
    assert parties == {"A": Party.AGENT, "B": Party.CUSTOMER}
    assert roles.source == "content"
    assert roles.confidence > ROLE_CONFIDENCE


def test_what_is_said_overrules_the_channel() -> None:
    parties, roles = assign({"channel-0": ZH_CUSTOMER, "channel-1": ZH_AGENT}, "channel-1", "channel-0")
    assert parties == {"channel-0": Party.CUSTOMER, "channel-1": Party.AGENT}
    assert roles.confidence > SURE


@pytest.mark.parametrize("said", [{"A": "", "B": ""}, {"A": "嗯嗯", "B": "the weather"}, {"A": ""}])
@pytest.mark.parametrize("first", ["A", "B", None])
@pytest.mark.parametrize("first_channel", ["A", None])
def test_without_evidence_nobody_is_sure(said: dict[str, str], first: str | None, first_channel: str | None) -> None:
    parties, roles = assign(said, first, first_channel)
    assert 0.5 <= roles.confidence < ROLE_CONFIDENCE
    assert set(parties.values()) <= {Party.AGENT, Party.CUSTOMER}
    assert len(set(parties.values())) == len(parties)


def test_without_words_the_first_channel_is_likelier_the_agents() -> None:
    assert assign({"B": "", "A": ""}, None, "A")[0] == {"A": Party.AGENT, "B": Party.CUSTOMER}


def test_nobody_speaks() -> None:
    assert assign({}, None) == ({}, Roles("content", 0.5, "nobody speaks"))


def test_a_third_voice_is_neither() -> None:
    said = {"A": ZH_CUSTOMER, "B": ZH_AGENT, "C": EN_AGENT}
    parties, _ = assign(said, "C")
    assert parties == {"A": Party.CUSTOMER, "B": Party.AGENT, "C": Party.OTHER}


@pytest.mark.parametrize(("agent_channel", "source"), [(0, "metadata"), (1, "settings")])
def test_what_the_site_says_is_believed(agent_channel: int, source: str) -> None:
    parties, roles = told({"channel-0": 0, "channel-1": 1}, agent_channel, source)
    assert parties[f"channel-{agent_channel}"] is Party.AGENT
    assert parties[f"channel-{1 - agent_channel}"] is Party.CUSTOMER
    assert roles == Roles(source, 1.0, f"channel {agent_channel} is the agent's")


def test_a_habit_does_not_decide() -> None:
    _, many = assign({"A": "one moment " * 40, "B": ""}, None)
    _, twice = assign({"A": "one moment, sir. one moment", "B": ""}, None)
    assert many.confidence == twice.confidence


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([ZH_AGENT, ZH_CUSTOMER, EN_AGENT, EN_CUSTOMER, "", "嗯"]), min_size=2, max_size=2),
    st.sampled_from(["A", "B", None]),
)
def test_the_order_of_the_voices_does_not_matter(texts: list[str], first: str | None) -> None:
    one, sure = assign({"A": texts[0], "B": texts[1]}, first)
    other, as_sure = assign({"B": texts[1], "A": texts[0]}, first)
    assert sure.confidence == pytest.approx(as_sure.confidence)
    assert one == other or sure.confidence == pytest.approx(0.5)


def test_who_speaks_of_you_is_the_agent_and_who_speaks_of_i_the_customer() -> None:
    said = {
        "a": "I was away all winter and I paid my last bill, I told you that I moved, and my flat was empty",
        "b": "you used the gas so you pay, you signed the contract, it is your bill and your problem",
    }
    parties, certainty = assign(said, first=None)
    assert parties == {"a": Party.CUSTOMER, "b": Party.AGENT}
    assert certainty.confidence > ROLE_CONFIDENCE
