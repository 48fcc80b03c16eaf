"""All analyzers over one conversation: every measure that Nightcall takes, in a fixed order.

A new analyzer is one more module in `ANALYZERS`; nothing else has to know of it.
"""

from __future__ import annotations

from dataclasses import replace

from analyzers import interruptions, responsiveness, silence, talk_share, talk_speed, volume
from analyzers.conversation import Conversation
from analyzers.measure import Measure

ANALYZERS = (talk_speed, volume, interruptions, silence, talk_share, responsiveness)

MEASURE_NAMES: frozenset[str] = frozenset().union(*(analyzer.NAMES for analyzer in ANALYZERS))

# Below this, one call in five would put one party's numbers on the other's account.
ROLE_CONFIDENCE = 0.8


def analyze(conversation: Conversation) -> tuple[Measure, ...]:
    """Every measure of a call, each name for each party it has: with a value, or with why there is none.

    A party's measures are of low confidence where it is not sure which voice is which party
    (`Roles.confidence` under `ROLE_CONFIDENCE`); those of the call as a whole do not depend on it.
    """
    measures = (measure for analyzer in ANALYZERS for measure in analyzer.analyze(conversation))
    return tuple(_doubted(measure, conversation) for measure in measures)


def _doubted(measure: Measure, conversation: Conversation) -> Measure:
    roles = conversation.roles
    if measure.party is None or roles.confidence >= ROLE_CONFIDENCE:
        return measure
    doubt = f"agent and customer were told apart with a confidence of {roles.confidence:.2f} only"
    return replace(measure, low_confidence_because="; ".join(filter(None, (measure.low_confidence_because, doubt))))
