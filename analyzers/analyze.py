"""All analyzers over one conversation: every measure that Nightcall takes, in a fixed order.

A new analyzer is one more module in `ANALYZERS`; nothing else has to know of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from analyzers import (
    interruptions,
    responsiveness,
    signal_quality,
    silence,
    talk_share,
    talk_speed,
    tone,
    volume,
)
from analyzers.conversation import PARTIES, Conversation, Party
from analyzers.measure import Measure

ANALYZERS = (talk_speed, volume, interruptions, silence, talk_share, responsiveness, tone, signal_quality)

MEASURE_NAMES: frozenset[str] = frozenset().union(*(analyzer.NAMES for analyzer in ANALYZERS))

# Of the call as a whole, yet told by what the agent says, or the difference of the parties.
BY_ROLE = frozenset(
    {
        *(silence.DEAD_AIR_COUNT, silence.DEAD_AIR, silence.HOLD_COUNT, silence.HOLD, silence.HOLD_LONGEST),
        *(silence.HOLD_RETURNED, silence.HOLD_NOT_RETURNED, volume.LEVEL_DIFFERENCE),
    }
)

# Below this, one call in five would put one party's numbers on the other's account.
ROLE_CONFIDENCE = 0.8


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Every measure of a call, each name for each party it has: with a value, or with why there is none.

    A party's measures, and those of the call that are told by what the agent does (`BY_ROLE`), are of low confidence
    where it is not sure which voice is which party (`Roles.confidence` under `ROLE_CONFIDENCE`), and a party's where
    its line spoils them (`signal_quality.doubts`).
    """
    measures = (measure for analyzer in ANALYZERS for measure in analyzer.analyze(conversation))
    spoilt = {party: signal_quality.doubts(conversation, party) for party in PARTIES}
    return tuple(_doubted(measure, conversation, spoilt) for measure in measures)


def _doubted(measure: Measure, conversation: Conversation, spoilt: Mapping[Party, Mapping[str, str]]) -> Measure:
    confidence = conversation.roles.confidence
    by_role = measure.party is not None or measure.name in BY_ROLE
    family = measure.name.split(".", maxsplit=1)[0]
    line = spoilt.get(measure.party, {}).get(family, "") if measure.party else ""
    roles = f"agent and customer were told apart with a confidence of {confidence:.2f} only"
    doubts = (measure.low_confidence_because, line, roles if by_role and confidence < ROLE_CONFIDENCE else "")
    return replace(measure, low_confidence_because="; ".join(filter(None, doubts)))
