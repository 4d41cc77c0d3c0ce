"""Cases of rules about state machines that wait for Amazon Personalize."""

from __future__ import annotations

from typing import Any

from tests.support.rule_cases.case import Case, call, machine, template

JUDGED = ("$status = 'ACTIVE'", "$status = 'CREATE FAILED'")


def loop(*conditions: str, seconds: int = 30, status: str = "Campaign.Status", **more: Any) -> dict[str, Any]:
    """Describe, judge, wait, and round again; each condition leads out."""
    describe = call("describeCampaign", CampaignArn="{% $arn %}")
    del describe["End"]
    describe |= {"Next": "Judge", "Assign": {"status": f"{{% $states.result.{status} %}}"}}
    choices = [{"Condition": f"{{% {condition} %}}", "Next": "Done"} for condition in conditions]
    states = {
        "Update": {**call("updateCampaign", CampaignArn="{% $arn %}"), "End": False, "Next": "Describe"},
        "Describe": describe,
        "Judge": {"Type": "Choice", "Choices": choices, "Default": "Pause"},
        "Pause": {"Type": "Wait", "Seconds": seconds, "Next": "Describe"},
        "Done": {"Type": "Succeed"},
    }
    return template(Machine=machine("Update", states, **more))


def without_wait() -> dict[str, Any]:
    found = loop(*JUDGED)
    states = found["Resources"]["Machine"]["Properties"]["Definition"]["States"]
    states["Pause"] = {"Type": "Pass", "Next": "Describe"}
    return found


def without_retry() -> dict[str, Any]:
    found = loop(*JUDGED)
    del found["Resources"]["Machine"]["Properties"]["Definition"]["States"]["Describe"]["Retry"]
    return found


MACHINE_CASES = (
    Case(
        "poll-interval",
        loop(*JUDGED, seconds=2),
        ("Machine", "Describe"),
        "Describe is asked every 2 s; one request a second is the account's quota",
        loop(*JUDGED, seconds=10),
    ),
    Case(
        "poll-interval",
        without_wait(),
        ("Machine", "Describe"),
        "Describe is asked again without a Wait: one request a second is the quota",
        loop(*JUDGED),
    ),
    Case(
        "poll-deadline",
        loop(*JUDGED),
        ("Machine", "Describe"),
        "the loop around Describe has no deadline, nor has its machine",
        loop(*JUDGED, "$waited > 3600"),
    ),
    Case(
        "poll-deadline",
        loop(*JUDGED),
        ("Machine", "Describe"),
        "the loop around Describe has no deadline, nor has its machine",
        loop(*JUDGED, TimeoutSeconds=3600),
    ),
    Case(
        "poll-failure",
        loop(JUDGED[0]),
        ("Machine", "Describe"),
        "the loop around Describe does not leave when the status is CREATE FAILED",
        loop(*JUDGED),
    ),
    Case(
        "campaign-update",
        loop(*JUDGED),
        ("Machine", "Properties.DefinitionString"),
        "the machine updates a campaign and reads its Status, which stays ACTIVE all the while",
        loop(*JUDGED, status="Campaign.LatestCampaignUpdate.Status"),
    ),
    Case(
        "status-spelling",
        loop(JUDGED[0], "$status = 'CREATE_FAILED'"),
        ("Machine", "Judge"),
        "Judge compares with CREATE_FAILED; the service says 'CREATE FAILED'",
        loop(*JUDGED),
    ),
    Case(
        "machine-retry",
        without_retry(),
        ("Machine", "Describe"),
        "Describe is not tried again when the service throttles: one request a second is the quota",
        loop(*JUDGED),
    ),
)
