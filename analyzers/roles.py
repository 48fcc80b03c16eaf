"""Roles: which voice is the agent and which the customer, from what each says.

Every voice is scored by phrases that one side uses and the other hardly does: greetings in the centre's
name, self-introductions, service phrases and closings for the agent; own belongings, requests and
complaints for the customer; and by whether it speaks of "you" or of "I". A weight is the natural
logarithm of how many times likelier something is from an agent than from a customer. The difference of
two voices' scores, and who spoke first (who is called answers, and on service lines that is the agent),
give the probability by the logistic function. Phrases are found by sound (`analyzers.sound`), since
recognisers mishear them.

What the site says (metadata, settings) is believed as it stands. Where it says nothing of two channels,
channel 0 is the agent's more often than not, but what is said can overrule it.

Left out: who asks questions, talk share, and voices beyond the two that speak most (`Party.OTHER`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from analyzers.conversation import Conversation, Party, Roles, take_turns
from analyzers.sound import sounds_of
from analyzers.text import join_words
from analyzers.units import spoken_units

FIRST_SPEAKER = 0.7  # twice as likely the agent
# Most recorders put the agent on the first channel, but sites differ: with `FIRST_SPEAKER` it stays under the
# certainty that findings need (0.8), so that without a word of evidence nothing counts against anyone.
CHANNEL_0 = 0.6
# Agents speak about "you", customers about "I", rude agents too. Over 26 calls the agent's share of "you" was above
# the customer's by 0.55 (standard deviation 0.4); two normal distributions give 6, and half of that is believed.
PRONOUNS = 3.0
FEWEST_PRONOUNS = 5
YOU = frozenset(("你", "您", "you", "your", "yours", "you're", "you've", "you'll", "you'd"))
ME = frozenset(("我", "i", "me", "my", "mine", "i'm", "i've", "i'll", "i'd"))
MOST_SAYINGS = 2  # of one phrase count: a habit must not decide the call

# Phrases of one weight, separated by |; a Chinese and an English one may share it.
AGENT = {
    3.0: "为您服务|有什么可以帮|有什么能帮|请问有什么|欢迎致电|感谢您的来电|感谢来电|感谢您致电|祝您生活愉快"
    "|how may i help|how can i help|how can i assist|how may i assist|thank you for calling|thanks for calling"
    "|thank you for holding|is there anything else i can|anything else i can help",
    2.0: "客服中心|我是客服|让您久等|您久等了|感谢您的耐心|感谢您的等待|还有其他可以帮|还有什么可以帮"
    "|帮您查询|为您查询|请您稍等|跟您核对|给您登记|请您提供"
    "|for your patience|may i have your|could i have your|can i have your|can i get your|could i please have"
    "|let me check|let me look|let me run|i would be happy to|i'd be happy to|would you mind holding"
    "|have a great day|have a good day|have a wonderful day|have a nice day|customer service|my pleasure|bear with me"
    "|what can i help you with|what can i do for you|your date of birth|your postcode|your zip code",
    1.0: "请稍等|稍等一下|工号|为您|帮您|给您|跟您|祝您|您的|请您|您贵姓|怎么称呼您|不客气|我理解您|非常抱歉"
    "|带来不便|还有其他|麻烦您|您这边|我们这里|我们这边"
    "|this is|anything else|you're welcome|i understand|i apologize|i'm sorry to hear|please hold|one moment"
    "|just to confirm|i will book|i have scheduled|which card|what day would|our|your order number|for your|my name is"
    "|account number|you're through to|that's all right",
}
CUSTOMER = {
    2.0: "我要投诉|我想问一下|我想咨询|我想请问|我买的|我的订单|我家的|我的手机号|我的退款|帮我查|帮我看"
    "|给我转|帮我转|你们的同事|你们客服"
    "|i am calling about|i'm calling about|i'm calling to|i would like to|i'd like to|i lost my|i ordered|i bought"
    "|i want to|i need to|i forgot|my internet|my account is|i was wondering|that will be all|that's all"
    "|make a complaint|file a complaint|want to complain|speak to a manager|what is your name|who am i speaking"
    "|put me through|i received|charged me",
    1.0: "我想|我要|我家|帮我|你们|能不能|我上次|我之前打|你们什么时候|我着急|你的工号|没有了|谢谢你"
    "|你叫什么名字|你怎么这样"
    "|i need|can you|could you|my order|my card|my account|my debit|my refund|my bill|my|you guys|no that|yes please",
}


def with_roles(conversation: Conversation, agent_channel: int | None = None) -> Conversation:
    """The conversation with every voice given to a party, and how sure that is.

    The call's metadata goes before `agent_channel`, what the site's settings say; what neither says is told
    from what is said.
    """
    parties, roles = _parties(conversation, agent_channel)
    speech = tuple(replace(region, party=parties[region.speaker]) for region in conversation.speech)
    return replace(
        conversation,
        words=tuple(replace(word, party=parties.get(word.speaker, Party.OTHER)) for word in conversation.words),
        speech=speech,
        turns=take_turns(speech),
        unintelligible=tuple(replace(lost, party=parties[lost.speaker]) for lost in conversation.unintelligible),
        roles=roles,
    )


def _parties(conversation: Conversation, agent_channel: int | None) -> tuple[dict[str, Party], Roles]:
    channels = {region.speaker: region.channel for region in conversation.speech}
    apart = len(set(channels.values())) == len(channels) and conversation.recording.channels > 1
    for channel, source in ((conversation.recording.metadata.agent_channel, "metadata"), (agent_channel, "settings")):
        if apart and channel is not None:
            return told(channels, channel, source)
    said: dict[str, list[str]] = {speaker: [] for speaker in channels}
    for word in conversation.words:
        said.setdefault(word.speaker, []).append(word.text)
    texts = {speaker: join_words(said[speaker]) for speaker in sorted(said, key=lambda speaker: -len(said[speaker]))}
    first = conversation.speech[0].speaker if conversation.speech else None
    on_first_channel = next((speaker for speaker, channel in channels.items() if channel == 0), None)
    return assign(texts, first, on_first_channel if apart else None)


def assign(said: Mapping[str, str], first: str | None, told: str | None = None) -> tuple[dict[str, Party], Roles]:
    """The party of each speaker, by what it said in all.

    Args:
        said: the text of each speaker, those who speak most first; only the first two can be agent and customer.
        first: the speaker who spoke first.
        told: where the voices have a channel each, the speaker whose channel is first; None on a shared channel.
    """
    pair = list(said)[:2]
    if not pair:
        return {}, Roles("content", 0.5, "nobody speaks")
    scores = {speaker: _score(said[speaker]) + FIRST_SPEAKER * (speaker == first) for speaker in pair}
    prior = CHANNEL_0 * (1 if told == pair[0] else -1) if told else 0.0
    odds = prior + scores[pair[0]] - (scores[pair[1]] if len(pair) > 1 else 0.0)
    agent_first = odds >= 0
    parties = dict.fromkeys(said, Party.OTHER)
    parties |= dict(
        zip(pair, (Party.AGENT, Party.CUSTOMER) if agent_first else (Party.CUSTOMER, Party.AGENT), strict=False)
    )
    because = ", ".join(f"{speaker}: {score:+.1f}" for speaker, score in scores.items())
    return parties, Roles("content", 1 / (1 + math.exp(-abs(odds))), f"phrases and pronouns, log odds {because}")


def told(speakers: Mapping[str, int], agent_channel: int, source: str) -> tuple[dict[str, Party], Roles]:
    """The party of each speaker by its channel, as the site says."""
    parties = {who: Party.AGENT if channel == agent_channel else Party.CUSTOMER for who, channel in speakers.items()}
    return parties, Roles(source, 1.0, f"channel {agent_channel} is the agent's")


def _score(text: str) -> float:
    """How much likelier an agent says this than a customer, as a natural logarithm."""
    heard = sounds_of(text)
    phrases = sum(weight * min(heard.count(phrase), MOST_SAYINGS) for phrase, weight in _weights().items())
    return phrases + PRONOUNS * _address(spoken_units(text))


def _address(units: Sequence[str]) -> float:
    """From -1, who only says I, to 1, who only says you; few pronouns say little."""
    you, me = sum(unit in YOU for unit in units), sum(unit in ME for unit in units)
    return (you - me) / max(FEWEST_PRONOUNS, you + me)


@cache
def _weights() -> dict[str, float]:
    return {
        sounds_of(phrase): sign * weight
        for sign, table in ((1, AGENT), (-1, CUSTOMER))
        for weight, phrases in table.items()
        for phrase in phrases.split("|")
    }
