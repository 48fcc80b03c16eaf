"""Roles: which voice is the agent's side of a call and which the customer's, and how sure that is.

1. Announcements (`analyzers.announcements`) are nobody's (`Party.OTHER`) and say nothing of roles.
2. What the site says of channels (metadata, else settings) is believed, unless what is said clearly contradicts
   it (`SWAPPED`): then the parties stay as told, but nobody is sure of them, and a limit says so.
3. Else what is said decides (`analyzers.role_evidence`): of all pairs of voices that say enough, the one that is
   likeliest agent and customer. Channels apart are judged whole: every voice on one belongs to the same side.
4. Any other voice or channel is of the agent's side or the customer's where what it says is clearly so (`JOINS`: a
   second agent after a transfer, a relative who complains too), else `Party.OTHER`.

Before anything is said: who is called answers (Schegloff 1968), on inbound calls the agent, on outbound ones the
customer. Where the direction is not known the first to speak is the agent, unless all it says is hello. Most
recorders put the agent on channel 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

from analyzers.announcements import announcements
from analyzers.conversation import Conversation, Limit, Party, Roles, Speech, Turn
from analyzers.role_evidence import Evidence, Signs, alone, evidence, signs
from analyzers.text import Said, said_in_turns, turns_by_speaker
from analyzers.units import spoken_units

ANSWERS = 1.4  # log odds that who speaks first is the called side, where the direction is known: four times likelier
FIRST_SPEAKER = 0.7  # that it is the agent where the direction is not known: twice as likely
# That who first only says hello is a customer who was called: agents of a centre give its name.
ONLY_HELLO = 0.7
CHANNEL_0 = 0.6  # that channel 0 is the agent's
SWAPPED = 0.95  # what is said has to be so sure to doubt what the site says
JOINS = 0.9  # a voice beyond the two main ones has to be so clearly an agent's or a customer's
PAIR = 2
MAIN_SHARE = 0.3  # of what the second voice says: who says less is not one of the two main ones
HELLO = frozenset(("喂", "你", "好", "哎", "诶", "hello", "hi", "hey", "yes", "yeah"))

NOBODY = Roles("content", 0.5, "nobody speaks")
LIMIT = "roles"


@dataclass(frozen=True, slots=True)
class Side:
    """A voice, or all voices of a channel that has one side to itself; `prior`: log odds that it is the agent's."""

    name: str
    channel: int
    evidence: Evidence
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Assignment:
    """The party of each side by its name, and how sure that is."""

    parties: Mapping[str, Party]
    roles: Roles
    limits: tuple[Limit, ...] = ()


def with_roles(conversation: Conversation, agent_channel: int | None = None) -> Conversation:
    """The conversation with every voice given to a party, and how sure that is.

    The call's metadata goes before `agent_channel`, what the site's settings say; what neither says is told
    from what is said. Applied again it gives the same: what the site says may come later than the hearing.
    """
    said = said_in_turns(conversation)
    announced = announcements(said, conversation)
    names = _side_names(conversation)
    sides = _sides([one for one in said if one.turn not in announced], names, conversation)
    found = _assigned(sides, conversation, agent_channel)
    parties = {
        one.turn: Party.OTHER if one.turn in announced else found.parties[names[one.turn.speaker]] for one in said
    }
    return _given(conversation, parties, found)


def _assigned(sides: Sequence[Side], conversation: Conversation, agent_channel: int | None) -> Assignment:
    if not sides:
        return Assignment({}, NOBODY)
    if not _apart(conversation):
        return judged(sides)
    metadata = conversation.recording.metadata
    for channel, source in ((metadata.agent_channel, "metadata"), (agent_channel, "settings")):
        if channel is not None:
            return told(sides, channel, source)
    return judged([replace(side, prior=side.prior + CHANNEL_0 * (side.channel == 0)) for side in sides])


def judged(sides: Sequence[Side]) -> Assignment:
    """The parties by what is said; `sides` in order of how much they say, at least one.

    Without a second voice the only one is measured against nothing: most likely the agent where it says as little.
    """
    if len(sides) == 1:
        only, found = sides[0], alone(sides[0].evidence)
        party = Party.AGENT if found.log_odds >= 0 else Party.CUSTOMER
        sure = max(found.probability, 1 - found.probability)
        return Assignment({only.name: party}, Roles("content", sure, f"one voice only; {_shown(only, party)}"))
    agent, customer = max(permutations(_main(sides, PAIR), PAIR), key=lambda pair: _signs(*pair).log_odds)
    parties = {agent.name: Party.AGENT, customer.name: Party.CUSTOMER}
    because = "; ".join(_shown(side, parties[side.name]) for side in (agent, customer))
    roles = Roles("content", max(0.5, _signs(agent, customer).probability), because)
    return Assignment(parties | _joining(sides, parties), roles)


def told(sides: Sequence[Side], agent_channel: int, source: str) -> Assignment:
    """The parties by channel, as the site says; doubted where what is said clearly contradicts it."""
    agent = next((side for side in sides if side.channel == agent_channel), None)
    others = _main([side for side in sides if side.channel != agent_channel], 1)
    customer = max(others, key=lambda side: -alone(side.evidence).log_odds, default=None)
    parties = {side.name: party for side, party in ((agent, Party.AGENT), (customer, Party.CUSTOMER)) if side}
    parties |= _joining(sides, parties)
    because = f"channel {agent_channel} is the agent's"
    swapped = _swapped(agent, customer)
    if swapped < SWAPPED:
        return Assignment(parties, Roles(source, 1.0, because))
    shown = "; ".join(_shown(side, parties[side.name]) for side in (agent, customer) if side)
    doubt = f"the {source} say {because}, what is said contradicts it with a probability of {swapped:.2f} ({shown})"
    advice = f"{doubt}: nothing is held against anybody; correct agent_channel and score the call again"
    return Assignment(parties, Roles(source, 0.5, doubt), (Limit(LIMIT, advice),))


def _main(sides: Sequence[Side], fewest: int) -> list[Side]:
    """Those who say most, `fewest` and more where others say about as much as the last of them."""
    least = MAIN_SHARE * sides[fewest - 1].evidence.units if len(sides) >= fewest else 0.0
    return [side for place, side in enumerate(sides) if place < fewest or side.evidence.units >= least]


def _swapped(agent: Side | None, customer: Side | None) -> float:
    """How likely it is, by what is said, that what the site calls the agent's side is the customer's."""
    if agent and customer:
        return _signs(customer, agent).probability
    if agent:
        return 1 - alone(agent.evidence).probability
    return alone(customer.evidence).probability if customer else 0.0


def _signs(agent: Side, customer: Side) -> Signs:
    return signs(agent.evidence, customer.evidence, agent.prior - customer.prior)


def _joining(sides: Sequence[Side], parties: Mapping[str, Party]) -> dict[str, Party]:
    """The parties of the sides that have none yet: that of those it clearly speaks like, else neither."""
    others = {side.name: alone(side.evidence).probability for side in sides if side.name not in parties}
    return {
        name: Party.AGENT if like >= JOINS else Party.CUSTOMER if like <= 1 - JOINS else Party.OTHER
        for name, like in others.items()
    }


def _shown(side: Side, party: Party) -> str:
    found = side.evidence
    return f"{side.name} as {party}: clear phrases {found.clear:+.1f}, smaller ones {found.other:+.1f}"


def _given(conversation: Conversation, parties: Mapping[Turn, Party], found: Assignment) -> Conversation:
    turn_at = turns_by_speaker(parties)

    def party(speaker: str, time_s: float) -> Party:
        turn = turn_at(speaker, time_s)
        return parties[turn] if turn else Party.OTHER

    def of_speech(regions: Iterable[Speech]) -> tuple[Speech, ...]:
        return tuple(replace(one, party=party(one.speaker, one.span.start_s)) for one in regions)

    words = (replace(word, party=party(word.speaker, word.span.middle_s)) for word in conversation.words)
    return replace(
        conversation,
        words=tuple(words),
        speech=of_speech(conversation.speech),
        turns=tuple(replace(turn, party=parties[turn]) for turn in parties),
        unintelligible=of_speech(conversation.unintelligible),
        roles=found.roles,
        limits=(*(limit for limit in conversation.limits if limit.what != LIMIT), *found.limits),
    )


def _apart(conversation: Conversation) -> bool:
    """Whether every channel has voices of its own: hearing names them by their channel."""
    return conversation.recording.channels > 1 and all(
        region.speaker.startswith(f"channel-{region.channel}") for region in conversation.speech
    )


def _side_names(conversation: Conversation) -> dict[str, str]:
    """For each speaker its side: its channel where channels are apart, else itself."""
    apart = _apart(conversation)
    return {s.speaker: f"channel-{s.channel}" if apart else s.speaker for s in conversation.speech}


def _sides(live: Sequence[Said], names: Mapping[str, str], conversation: Conversation) -> tuple[Side, ...]:
    """The sides that say anything live, those that say most first."""
    channels = {names[region.speaker]: region.channel for region in conversation.speech}
    turns: dict[str, list[str]] = {}
    for one in live:
        turns.setdefault(names[one.turn.speaker], []).append(one.text)
    prior = _first_speaker(turns, conversation.recording.metadata.direction)
    sides = (Side(n, channels[n], evidence(texts), prior * (n == next(iter(turns)))) for n, texts in turns.items())
    return tuple(sorted(sides, key=lambda side: (-side.evidence.units, side.name)))


def _first_speaker(turns: Mapping[str, Sequence[str]], direction: str | None) -> float:
    """The log odds that the side that speaks first is the agent's."""
    if direction in {"inbound", "outbound"}:
        return ANSWERS if direction == "inbound" else -ANSWERS
    opening = spoken_units(next(iter(turns.values()))[0]) if turns else []
    return -ONLY_HELLO if opening and HELLO.issuperset(opening) else FIRST_SPEAKER
