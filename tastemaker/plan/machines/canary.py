"""The canary of a release: the same real requests before and after, compared.

`Canary` in the input of `release`: `{"Operation": "GetRecommendations" | "GetPersonalizedRanking", "Requests":
[arguments], "MaximumMilliseconds", "MinimumOverlap": share of the earlier answer's items}`. Milliseconds are those that
Step Functions sees, some 20 to 50 more than a client does; an answer that needed a second attempt is not timed.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.states import State, body, choice, covered, for_each, jsonata, pass_state, sdk_task

_TIMED = "$states.context.State.RetryCount > 0 ? -1 : $millis() - $began"
_COMPLAINTS = """(
    $empty := $count($answers[$count(Items) = 0]);
    $slow := $max([$answers.Milliseconds]);
    $shares := $map($answers, function($answer, $place) {(
        $old := [$servingAnswers[$place].Items];
        $count($old) = 0 ? -1 : $count($filter($answer.Items, function($item) { $item in $old })) / $count($old)
    )});
    $known := [$shares[$ >= 0]];
    $overlap := $count($known) = 0 ? 1 : $sum($known) / $count($known);
    [
        ($empty > 0 ? $empty & ' of ' & $count($answers) & ' requests got no items'),
        ($slow > $job.Canary.MaximumMilliseconds
            ? 'an answer took ' & $slow & ' ms, more than ' & $job.Canary.MaximumMilliseconds),
        ($overlap < $job.Canary.MinimumOverlap
            ? 'only ' & $round($overlap * 100) & ' % of the items are those of the version before')
    ]
)"""


def judge_answers() -> str:
    """JSONata for the list of what is wrong with `$answers`, also against `$servingAnswers`."""
    return _COMPLAINTS


def ask(when: str, *, next_state: str, **fields: Any) -> State:
    """All requests of the canary, one after the other; each result is `{"Items": [ids], "Milliseconds"}`."""
    recommend, rank = f"Canary recommendations {when}", f"Canary ranking {when}"
    states = {
        f"Start clock {when}": pass_state(
            Assign={"began": jsonata("$millis()"), "request": jsonata("$states.input")},
            next_state=f"Which canary {when}",
        ),
        f"Which canary {when}": choice([("$job.Canary.Operation = 'GetPersonalizedRanking'", rank)], default=recommend),
        recommend: _call("getRecommendations", "ItemList"),
        rank: _call("getPersonalizedRanking", "PersonalizedRanking"),
    }
    inside = body(f"Start clock {when}", covered(states, f"Canary failed {when}", "$job.Campaign.Name"))
    return for_each("$job.Canary.Requests", inside, at_once=1, next_state=next_state, **fields)


def _call(action: str, member: str) -> State:
    items = f"[$states.result.{member}.ItemId]"
    return sdk_task(
        "personalizeruntime",
        action,
        jsonata("$request"),
        next_state=None,
        Output={"Items": jsonata(items), "Milliseconds": jsonata(_TIMED)},
    )
