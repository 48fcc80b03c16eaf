from __future__ import annotations

import builtins
from dataclasses import replace

import pytest

from analyzers.conversation import Conversation, Span
from benchmarks.evaluation import wording
from benchmarks.evaluation.tally import Case, Share
from tests.benchmarks.evaluation.trials import AGENT, CALL, CUSTOMER, score_of, swapped, trial, truth
from tests.builders import Line


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Don’t, PLEASE!", ["don't", "please"]),
        ("我的ＡＢ１２、一三八。", ["我", "的", "ab", "1", "2", "1", "3", "8"]),
        ("oh nine", ["oh", "9"]),
        ("\ufeff你好 ' — …", ["你", "好"]),
    ],
)
def test_units_are_normalised(text: str, units: list[str]) -> None:
    assert wording.units(text) == units


def test_errors_are_counted_by_hand() -> None:
    true = truth([(AGENT, "one two three four", 0.0, 2.0), (CUSTOMER, "hello there", 3.0, 4.0)])
    found = wording.score(trial(true, [(AGENT, "one too four", 0.0, 2.0), (CUSTOMER, "hello there you", 3.0, 4.0)]))
    assert score_of(found, wording.ERROR).tally == Share(3, 6)
    assert score_of(found, wording.SUBSTITUTIONS).tally == Share(1, 6)
    assert score_of(found, wording.DELETIONS).tally == Share(1, 6)
    assert score_of(found, wording.INSERTIONS).tally == Share(1, 6)
    assert score_of(found, wording.AGENT_ERROR).tally == Share(2, 4)
    assert score_of(found, wording.CUSTOMER_ERROR).tally == Share(1, 2)
    assert score_of(found, wording.ERROR).cases == (
        Case(Span(0.0, 2.0), AGENT, "1 2 3 4", "1 too 4", 2),
        Case(Span(3.0, 4.0), CUSTOMER, "hello there", "hello there you", 1),
    )


def test_who_said_it_matters_to_the_parties_alone() -> None:
    found = wording.score(trial(truth(), swapped(trial(truth(), CALL).call)))
    assert score_of(found, wording.ERROR).tally == Share(0, 26)
    agent = score_of(found, wording.AGENT_ERROR).tally
    assert isinstance(agent, Share)
    assert agent.part > 0


def on_one_channel() -> Conversation:
    heard = trial(truth(), CALL).call
    return replace(heard, words=tuple(replace(word, channel=0) for word in heard.words))


def test_on_one_channel_the_call_is_one_stream() -> None:
    found = wording.score(trial(truth(), on_one_channel()))
    # Words of turns that overlap stand between each other in time order.
    error = score_of(found, wording.ERROR).tally
    assert isinstance(error, Share)
    assert 0 < error.part < 12


def test_a_call_of_which_nothing_was_heard_is_all_missing() -> None:
    found = wording.score(trial(truth(), []))
    assert [score.tally for score in found[:-1]] == [
        Share(26, 26),
        Share(0, 26),
        Share(26, 26),
        Share(0, 26),
        Share(14, 14),
        Share(12, 12),
    ]


def test_voice_by_voice_only_the_words_count() -> None:
    pytest.importorskip("meeteval", reason="cpWER is the extra `evaluate`")
    swapped_roles = swapped(trial(truth(), CALL).call)
    heard: tuple[Conversation | list[Line], ...] = (swapped_roles, on_one_channel(), [])
    scores = [score_of(wording.score(trial(truth(), call)), wording.CP_ERROR) for call in heard]
    assert [score.tally for score in scores] == [Share(0, 26), Share(0, 26), Share(26, 26)]


def test_without_text_nothing_is_computed() -> None:
    true = truth()
    silent = replace(true, turns=tuple(replace(turn, text=None) for turn in true.turns))
    assert {score.missing_because for score in wording.score(trial(silent, CALL))} == {wording.NO_WORDS}


def test_without_parties_their_errors_are_not_computed() -> None:
    true = truth()
    nameless = replace(true, turns=tuple(replace(turn, party=None) for turn in true.turns))
    found = wording.score(trial(nameless, CALL))
    assert score_of(found, wording.ERROR).tally == Share(0, 26)
    assert score_of(found, wording.AGENT_ERROR).missing_because == wording.NO_PARTIES


def test_without_meeteval_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *given: object, **named: object) -> object:
        if name.startswith("meeteval"):
            raise ImportError(name)
        return real(name, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    found = score_of(wording.score(trial(truth(), CALL)), wording.CP_ERROR)
    assert found.missing_because is not None
    assert "nightcall[evaluate]" in found.missing_because.en
