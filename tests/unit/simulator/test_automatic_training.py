from __future__ import annotations

from tests.support.simulator import DAY, HOUR, Lab, interactions_csv


def trainings(lab: Lab) -> list[str]:
    """Type of each version of the only solution, oldest first."""
    return [version["trainingType"] for version in lab.control("ListSolutionVersions")["solutionVersions"]]


def new_data(lab: Lab, job: str) -> None:
    dataset = lab.control("ListDatasets")["datasets"][0]["datasetArn"]
    lab.load(dataset, interactions_csv(), job)


def test_the_first_training_starts_within_the_hour_after_the_solution_is_active(lab: Lab) -> None:
    lab.solution(lab.trained_group(), performAutoTraining=True)
    lab.wait(HOUR - 31)
    assert trainings(lab) == []
    lab.wait(1)
    assert trainings(lab) == ["AUTOMATIC"]
    lab.wait(2 * HOUR)
    version = lab.control("ListSolutionVersions")["solutionVersions"][0]
    assert (version["status"], version["trainingMode"]) == ("ACTIVE", "FULL")


def test_a_version_made_by_hand_in_that_hour_takes_the_place_of_the_first(lab: Lab) -> None:
    lab.version(lab.solution(lab.trained_group(), performAutoTraining=True))
    assert trainings(lab) == ["MANUAL"]


def test_trainings_repeat_every_seven_days_when_there_is_new_data(lab: Lab) -> None:
    lab.solution(lab.trained_group(), performAutoTraining=True)
    lab.wait(2 * HOUR)
    new_data(lab, "monday")
    lab.wait(7 * DAY)
    new_data(lab, "next-monday")
    lab.wait(7 * DAY)
    assert trainings(lab) == ["AUTOMATIC", "AUTOMATIC", "AUTOMATIC"]


def test_a_training_is_skipped_when_no_data_arrived(lab: Lab) -> None:
    lab.solution(lab.trained_group(), performAutoTraining=True)
    lab.wait(30 * DAY)
    assert trainings(lab) == ["AUTOMATIC"]


def test_streamed_events_count_as_new_data(lab: Lab) -> None:
    group = lab.trained_group()
    tracking_id = lab.tracker(group)
    lab.solution(group, performAutoTraining=True)
    lab.wait(2 * HOUR)
    event = {"eventType": "view", "sentAt": lab.clock.now(), "itemId": "i01"}
    lab.events("PutEvents", trackingId=tracking_id, sessionId="s", eventList=[event])
    lab.wait(7 * DAY)
    assert trainings(lab) == ["AUTOMATIC", "AUTOMATIC"]


def test_the_schedule_is_the_solutions_own(lab: Lab) -> None:
    config = {"autoTrainingConfig": {"schedulingExpression": "rate(2 days)"}}
    lab.solution(lab.trained_group(), performAutoTraining=True, solutionConfig=config)
    lab.wait(2 * HOUR)
    new_data(lab, "more")
    lab.wait(2 * DAY)
    assert trainings(lab) == ["AUTOMATIC", "AUTOMATIC"]


def test_switching_it_off_ends_it_and_switching_it_on_begins_anew(lab: Lab) -> None:
    solution = lab.solution(lab.trained_group(), performAutoTraining=True)
    lab.control("UpdateSolution", solutionArn=solution, performAutoTraining=False)
    lab.wait(30 * DAY)
    assert trainings(lab) == []
    lab.control("UpdateSolution", solutionArn=solution, performAutoTraining=True)
    lab.wait(30 + HOUR)
    assert trainings(lab) == ["AUTOMATIC"]


def test_without_data_nothing_is_trained(lab: Lab) -> None:
    lab.solution(lab.group(), performAutoTraining=True)
    lab.wait(30 * DAY)
    assert trainings(lab) == []
