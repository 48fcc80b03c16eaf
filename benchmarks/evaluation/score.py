"""All scores of one recording, in a fixed order."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.evaluation import events, expectations, levels, roles, timing, voices, wording
from benchmarks.evaluation.tally import Score
from benchmarks.evaluation.tried import Tried

SCORERS = (wording, timing, voices, roles, events, expectations, levels)
NAMES: tuple[str, ...] = tuple(name for scorer in SCORERS for name in scorer.NAMES)


@dataclass(frozen=True, slots=True)
class ScoredRecording:
    """The scores of one recording and what it belongs to.

    `folder`: its first folder in the tree; "" for none. `role_confidence`: what the pipeline claims, 0.5 to 1.
    """

    call_id: str
    language: str
    layout: str
    folder: str
    duration_s: float
    role_confidence: float
    scores: tuple[Score, ...]

    def score(self, name: str) -> Score:
        """The score of a name.

        Raises:
            KeyError: there is no such score.
        """
        found = next((score for score in self.scores if score.name == name), None)
        if found is None:
            raise KeyError(f"no score {name!r}; there are {', '.join(score.name for score in self.scores)}")
        return found


def scored(tried: Tried, folder: str = "") -> ScoredRecording:
    """Every score of one recording: with a tally, or with why there is none."""
    recording = tried.call.recording
    scores = tuple(score for scorer in SCORERS for score in scorer.score(tried))
    about = (recording.call_id, tried.language, tried.layout, folder, recording.duration_s)
    return ScoredRecording(*about, tried.call.roles.confidence, scores)
