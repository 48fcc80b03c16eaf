"""Evidence for roles: how likely one side of a call is the agent and another the customer.

* **phrases** (`analyzers.role_phrases`): greetings in the centre's name, self-introductions, service phrases and
  closings are the agent's; own belongings, requests and complaints the customer's. One out of its place (a
  greeting late in the call) counts half, and each counts once: a habit must not decide.
* **pronouns**: agents speak of "you", customers of "I"; rude agents too.
* **questions**: agents ask in more of their turns than customers do.
* **talk share**: agents say more.

All are logarithms of likelihood ratios. Phrases of service calls (`CLEAR`) add up, each for `TRUST` of its
weight, since a polite agent says many and they are no independent witnesses, and less where they contradict
each other, as they do where diarization mixed voices up. Everything else together, with what was known before
(`prior`), is held to `OTHERS_MOST`, under the certainty that findings need: sentences read aloud or a chat between
friends must not make anybody an agent, however many small signs there are. For the same reason a clear phrase
or two may be chance (`CHANCE`), and nothing is ever surer than `SUREST`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.conversation import Party
from analyzers.role_phrases import CLEAR, Phrase, Place, phrases_in
from analyzers.units import spoken_units

EDGE_TURNS = 3  # a voice's first turns are its opening and its last ones its closing: a "yes" or a "bye" is among them
OUT_OF_PLACE = 0.5
TRUST = 0.7  # of a phrase beside many others; one alone is weighed against `CHANCE`
OTHERS_MOST = 1.1  # a probability of 0.75
CHANCE = 3.0  # weight of clear phrases at which a service call and a chat with an odd phrase are as likely
SUREST = 5.0  # a probability of 0.993: a few hundred calls and parts of calls cannot vouch for more

# Weights of the rates. Over the 26 calls with known parties (sentences read aloud left out) the agent's address lay
# above the customer's by 0.54 (standard deviation 0.40; without `FEWEST_PRONOUNS` 0.60 and 0.46), its share of turns
# that ask by 0.21 (0.31), its share of the talk by 0.20 (0.26). Two normal distributions each give 7, 4 and 6 per unit
# of difference; they go together, so that half or less of that is believed.
ADDRESS = 3.0
QUESTIONS = 2.0
SHARE = 1.5
FEWEST_PRONOUNS = 5
FEWEST_TURNS = 3
FEWEST_UNITS = 20

YOU = frozenset(("你", "您", "you", "your", "yours", "you're", "you've", "you'll", "you'd"))
ME = frozenset(("我", "i", "me", "my", "mine", "i'm", "i've", "i'll", "i'd"))
QUESTION = re.compile(
    r"[?？]|吗|呢|什么|哪|多少|几[号点岁个]|怎么"
    r"|\b(?:what|which|who|where|when|how|why)\b"
    r"|^(?:can|could|may|do|did|does|are|is|would|will|have) (?:you|i|it|the|that|there|we)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What tells in what one side says; above 0: the agent.

    `clear` and `other` are sums of phrase weights, `clear_of_both` is that of the sizes of the clear ones;
    `address` goes from -1 (says only "I") to 1 (says only "you"); `questions` is the share of turns that ask;
    `units` is how much is said, in Hanzi and words.
    """

    clear: float = 0.0
    clear_of_both: float = 0.0
    other: float = 0.0
    address: float = 0.0
    questions: float = 0.0
    units: int = 0


@dataclass(frozen=True, slots=True)
class Signs:
    """Log likelihood ratios for one assignment of two sides: by clear phrases, and by all smaller signs together."""

    clear: float
    small: float

    @property
    def log_odds(self) -> float:
        """How much likelier the assignment is than its opposite on a service call, as a natural logarithm."""
        return TRUST * self.clear + _within(self.small, OTHERS_MOST)

    @property
    def probability(self) -> float:
        """The same as a probability that also allows for a recording that is no service call."""
        is_service_call = _logistic(abs(self.clear) - CHANCE)
        by_clear = _logistic(_within(self.log_odds, SUREST))
        return is_service_call * by_clear + (1 - is_service_call) * _logistic(_within(self.small, OTHERS_MOST))


def evidence(turns: Sequence[str]) -> Evidence:
    """The evidence in the turns of one side, in time order."""
    weighed = list(_weighed(turns))
    clear = [weight for phrase, weight in weighed if phrase.weight >= CLEAR]
    units = [unit for turn in turns for unit in spoken_units(turn)]
    you, me = sum(unit in YOU for unit in units), sum(unit in ME for unit in units)
    asking = sum(QUESTION.search(turn) is not None for turn in turns)
    return Evidence(
        clear=sum(clear),
        clear_of_both=sum(map(abs, clear)),
        other=sum(weight for phrase, weight in weighed if phrase.weight < CLEAR),
        address=(you - me) / max(FEWEST_PRONOUNS, you + me),
        questions=asking / max(FEWEST_TURNS, len(turns)),
        units=len(units),
    )


def signs(one: Evidence, other: Evidence, prior: float = 0.0) -> Signs:
    """What tells that `one` is the agent and `other` the customer; `prior` is the log odds before anything is said."""
    share = (one.units - other.units) / max(FEWEST_UNITS, one.units + other.units)
    small = one.other - other.other + ADDRESS * (one.address - other.address)
    small += QUESTIONS * (one.questions - other.questions) + SHARE * share + prior
    return Signs(_consistent(one.clear - other.clear, one.clear_of_both + other.clear_of_both), small)


def alone(one: Evidence) -> Signs:
    """What tells that a voice is an agent's rather than a customer's, with nobody to compare it with."""
    return Signs(_consistent(one.clear, one.clear_of_both), one.other)


def _consistent(clear: float, of_both: float) -> float:
    """What is left of clear phrases that contradict each other: where they do, voices may have been mixed up."""
    return clear * abs(clear) / of_both if of_both else 0.0


def _within(value: float, most: float) -> float:
    return max(-most, min(most, value))


def _logistic(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _weighed(turns: Sequence[str]) -> Iterator[tuple[Phrase, float]]:
    """Every phrase said with its weight where it weighs most, above 0 for the agent's."""
    best: dict[str, tuple[Phrase, float]] = {}
    for i, turn in enumerate(turns):
        here = {Place.ANYWHERE} | ({Place.OPENING} if i < EDGE_TURNS else set())
        here |= {Place.CLOSING} if i >= len(turns) - EDGE_TURNS else set()
        for phrase in (phrase for phrases in phrases_in(turn) for phrase in phrases):
            weighed = phrase, _weight(phrase, here)
            best[phrase.text] = max(best.get(phrase.text, weighed), weighed, key=lambda one: abs(one[1]))
    yield from best.values()


def _weight(phrase: Phrase, here: set[Place]) -> float:
    sign = -1 if phrase.party is Party.CUSTOMER else 1
    return sign * phrase.weight * (1 if phrase.place in here else OUT_OF_PLACE)
