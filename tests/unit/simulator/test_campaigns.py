from __future__ import annotations

from typing import Any

import pytest

from tastemaker.errors import UnsupportedBySimulatorError
from tests.support.simulator import Lab, refused

HOME = "arn:aws:personalize:us-east-1:123456789012:campaign/home"


def describe(lab: Lab) -> dict[str, Any]:
    campaign: dict[str, Any] = lab.control("DescribeCampaign", campaignArn=HOME)["campaign"]
    return campaign


def recommend(lab: Lab) -> dict[str, Any]:
    return lab.runtime("GetRecommendations", campaignArn=HOME, userId="u01", numResults=1)


def test_a_campaign_is_ready_after_twelve_minutes(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    answer = lab.control("CreateCampaign", name="home", solutionVersionArn=version)
    assert answer == {"campaignArn": HOME}
    created = describe(lab)
    assert (created["status"], created["minProvisionedTPS"], created["campaignConfig"]) == ("CREATE PENDING", 1, {})
    assert "latestCampaignUpdate" not in created
    with refused("InvalidInputException", "must be ACTIVE and is CREATE PENDING."):
        recommend(lab)
    lab.clock.advance(12 * 60)
    assert describe(lab)["status"] == "ACTIVE"
    assert recommend(lab)["itemList"]


def test_the_version_must_exist_and_be_active(lab: Lab) -> None:
    group = lab.trained_group()
    solution = lab.solution(group)
    with refused("ResourceNotFoundException", solution + "/00000000"):
        lab.campaign(solution + "/00000000")
    version = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    with refused("ResourceInUseException", "must be ACTIVE and is CREATE PENDING."):
        lab.campaign(version)
    lab.control("StopSolutionVersionCreation", solutionVersionArn=version)
    with refused("InvalidInputException", "is CREATE STOPPED and cannot be deployed."):
        lab.campaign(version)
    with refused("ResourceInUseException", "has no ACTIVE solution version yet."):
        lab.campaign(solution + "/$LATEST")


def test_a_segmentation_recipe_cannot_be_deployed(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group(), "aws-item-affinity"))
    with refused("InvalidInputException", "is for batch segment jobs; it cannot be deployed."):
        lab.campaign(version)


def test_a_version_of_a_solution_that_is_being_deleted_cannot_be_deployed(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    lab.control("DeleteSolution", solutionArn=version.rpartition("/")[0])
    with refused("ResourceInUseException", "must be ACTIVE and is DELETE PENDING."):
        lab.campaign(version)


def test_a_name_is_taken_once(lab: Lab) -> None:
    _, campaign = lab.serving()
    version = describe(lab)["solutionVersionArn"]
    with refused("ResourceAlreadyExistsException", campaign):
        lab.campaign(version)


def test_a_sixth_campaign_is_over_the_quota(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    for number in range(5):
        lab.campaign(version, f"c{number}")
    with refused("LimitExceededException", "More than 5 resources in ACTIVE state. Please delete some and try again."):
        lab.campaign(version, "c5")


@pytest.mark.parametrize("name", ["itemExplorationConfig", "rankingInfluence"])
def test_what_a_campaign_would_ignore_is_refused_by_name(lab: Lab, name: str) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    value: dict[str, Any] = {"POPULARITY": 0.5} if name == "rankingInfluence" else {"explorationWeight": "0.1"}
    with pytest.raises(UnsupportedBySimulatorError, match=f"campaignConfig.{name}"):
        lab.campaign(version, campaignConfig={name: value})


def test_the_old_version_serves_until_the_update_is_active(lab: Lab) -> None:
    lab.serving()
    old = describe(lab)["solutionVersionArn"]
    new = lab.version(old.rpartition("/")[0])
    config = {"enableMetadataWithRecommendations": True}
    lab.control("UpdateCampaign", campaignArn=HOME, solutionVersionArn=new, minProvisionedTPS=2, campaignConfig=config)
    during = describe(lab)
    assert (during["status"], during["solutionVersionArn"], during["minProvisionedTPS"]) == ("ACTIVE", old, 1)
    update = during["latestCampaignUpdate"]
    assert (update["status"], update["solutionVersionArn"]) == ("CREATE PENDING", new)
    assert (update["minProvisionedTPS"], update["campaignConfig"]) == (2, config)
    assert recommend(lab)["itemList"]
    lab.clock.advance(11 * 60)
    assert describe(lab)["latestCampaignUpdate"]["status"] == "CREATE IN_PROGRESS"
    lab.clock.advance(60)
    after = describe(lab)
    assert (after["solutionVersionArn"], after["minProvisionedTPS"], after["campaignConfig"]) == (new, 2, config)
    assert (after["status"], after["latestCampaignUpdate"]["status"]) == ("ACTIVE", "ACTIVE")


def test_an_update_keeps_what_it_does_not_name(lab: Lab) -> None:
    lab.serving()
    version = describe(lab)["solutionVersionArn"]
    lab.control("UpdateCampaign", campaignArn=HOME, minProvisionedTPS=3)
    lab.wait()
    after = describe(lab)
    assert (after["solutionVersionArn"], after["minProvisionedTPS"], after["campaignConfig"]) == (version, 3, {})


def test_one_update_at_a_time_and_no_deletion_meanwhile(lab: Lab) -> None:
    lab.serving()
    lab.control("UpdateCampaign", campaignArn=HOME, minProvisionedTPS=3)
    with refused("ResourceInUseException", "is being created, updated or deleted."):
        lab.control("UpdateCampaign", campaignArn=HOME, minProvisionedTPS=4)
    with refused("ResourceInUseException", "is being updated."):
        lab.control("DeleteCampaign", campaignArn=HOME)


def test_latest_deploys_the_newest_active_version_once(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    lab.version(solution)
    second = lab.version(solution)
    lab.campaign(solution + "/$LATEST")
    assert describe(lab)["solutionVersionArn"] == second
    lab.version(solution)
    lab.wait()
    assert describe(lab)["solutionVersionArn"] == second


def test_sync_follows_every_new_version(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    lab.version(solution)
    config = {"syncWithLatestSolutionVersion": True}
    lab.campaign(solution + "/$LATEST", campaignConfig=config)
    assert "latestCampaignUpdate" not in describe(lab)
    second = lab.version(solution)
    lab.wait()
    after = describe(lab)
    assert (after["solutionVersionArn"], after["campaignConfig"]) == (second, config)
    assert after["latestCampaignUpdate"]["solutionVersionArn"] == second


def test_a_version_that_arrives_during_an_update_is_deployed_after_it(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    lab.version(solution)
    lab.campaign(solution + "/$LATEST", campaignConfig={"syncWithLatestSolutionVersion": True})
    lab.control("CreateSolutionVersion", solutionArn=solution)
    lab.wait(60)
    third = lab.control("CreateSolutionVersion", solutionArn=solution)["solutionVersionArn"]
    lab.wait(2 * 3600)
    assert describe(lab)["solutionVersionArn"] == third


def test_sync_needs_latest_and_a_plain_version_ends_it(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group())
    first = lab.version(solution)
    sync = {"syncWithLatestSolutionVersion": True}
    message = "syncWithLatestSolutionVersion needs a solutionVersionArn that ends with /$LATEST."
    with refused("InvalidInputException", message):
        lab.campaign(first, campaignConfig=sync)
    lab.campaign(solution + "/$LATEST", campaignConfig=sync)
    off = {"syncWithLatestSolutionVersion": False}
    lab.control("UpdateCampaign", campaignArn=HOME, solutionVersionArn=first, campaignConfig=off)
    lab.wait()
    lab.version(solution)
    lab.wait()
    assert describe(lab)["solutionVersionArn"] == first


def test_a_deleted_campaign_answers_no_more(lab: Lab) -> None:
    lab.serving()
    lab.control("DeleteCampaign", campaignArn=HOME)
    with refused("InvalidInputException", "must be ACTIVE and is DELETE PENDING."):
        recommend(lab)
    lab.wait()
    with refused("ResourceNotFoundException", HOME, status=404):
        recommend(lab)
    with refused("ResourceNotFoundException", HOME):
        lab.control("DescribeCampaign", campaignArn=HOME)


def test_a_summary_has_no_version(lab: Lab) -> None:
    _, campaign = lab.serving()
    solution = describe(lab)["solutionVersionArn"].rpartition("/")[0]
    summary = lab.control("ListCampaigns", solutionArn=solution)["campaigns"]
    assert [entry["campaignArn"] for entry in summary] == [campaign]
    assert sorted(summary[0]) == ["campaignArn", "creationDateTime", "lastUpdatedDateTime", "name", "status"]


def test_what_the_caller_does_with_an_answer_or_a_request_changes_nothing(lab: Lab) -> None:
    version = lab.version(lab.solution(lab.trained_group()))
    config = {"enableMetadataWithRecommendations": True}
    lab.campaign(version, campaignConfig=config)
    config["enableMetadataWithRecommendations"] = False
    describe(lab)["campaignConfig"]["enableMetadataWithRecommendations"] = False
    assert describe(lab)["campaignConfig"] == {"enableMetadataWithRecommendations": True}
