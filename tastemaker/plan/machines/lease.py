"""One maintenance per dataset group at a time: a row of the ledger table that expires, is renewed and given back.

Who wants the lease writes the row on condition that nobody holds it, that it expired, or that it is the writer's own
(a redrive). The holder renews it while it works, in a branch beside the work, and takes it away on every way out. An
execution that is stopped, or times out, leaves a row that expires by itself.
"""

from __future__ import annotations

from typing import Any

from tastemaker.plan.machines.ledger import LEASE, key, read
from tastemaker.plan.machines.states import State, States, body, catch, choice, covered, fail, jsonata, sdk_task
from tastemaker.plan.specs import LEDGER_PARTITION_KEY, LEDGER_SORT_KEY
from tastemaker.plan.tokens import LEDGER_TABLE

LEASE_SECONDS = 900
RENEWAL_SECONDS = 300
LONGEST_WORK_SECONDS = 3 * 24 * 3600

_GROUP = "$job.DatasetGroupArn"
_ME = jsonata("$states.context.Execution.Id")
_EXPIRES = jsonata(f"$string($floor($millis() / 1000) + {LEASE_SECONDS})")
_NOW = jsonata("$string($floor($millis() / 1000))")
_TAKEN = ["DynamoDb.ConditionalCheckFailedException"]


def take(*, next_state: str, busy: str) -> States:
    """Enter at `Take lease`; `$job.LeaseWaitSeconds` is how long to wait for another holder, then `busy` follows."""
    item = {
        LEDGER_PARTITION_KEY: {"S": jsonata(_GROUP)},
        LEDGER_SORT_KEY: {"S": LEASE},
        "holder": {"S": _ME},
        "expires": {"N": _EXPIRES},
        "done": {"Bool": False},
    }
    arguments = {
        "TableName": LEDGER_TABLE,
        "Item": item,
        "ConditionExpression": f"attribute_not_exists({LEDGER_PARTITION_KEY}) OR expires < :now OR holder = :me",
        "ExpressionAttributeValues": {":now": {"N": _NOW}, ":me": {"S": _ME}},
    }
    return {
        "Take lease": sdk_task(
            "dynamodb", "putItem", arguments, next_state=next_state, catches=[catch(_TAKEN, "Wait for lease or not")]
        ),
        "Wait for lease or not": choice(
            [("$leaseWaitedSeconds >= $job.LeaseWaitSeconds", busy)], default="Wait for lease"
        ),
        "Wait for lease": {
            "Type": "Wait",
            "Seconds": jsonata("60 + $ceil(60 * $random())"),
            "Assign": {"leaseWaitedSeconds": jsonata("$leaseWaitedSeconds + 120")},
            "Next": "Take lease",
        },
    }


def mark_done(*, next_state: str | None, **fields: Any) -> State:
    """The work is over: the renewing branch may end."""
    arguments = {
        **_own_row(),
        "UpdateExpression": "SET done = :true",
        "ExpressionAttributeValues": {":me": {"S": _ME}, ":true": {"Bool": True}},
    }
    return sdk_task("dynamodb", "updateItem", arguments, next_state=next_state, **fields)


def give_back(*, next_state: str, **fields: Any) -> State:
    """Take the row away; when that fails it expires, so nothing is lost but time."""
    arguments = {**_own_row(), "ExpressionAttributeValues": {":me": {"S": _ME}}}
    rules = [catch(["States.ALL"], next_state, Output=jsonata("$states.input"))]
    return sdk_task("dynamodb", "deleteItem", arguments, next_state=next_state, catches=rules, **fields)


def _own_row() -> dict[str, Any]:
    return {"TableName": LEDGER_TABLE, "Key": key(_GROUP, LEASE), "ConditionExpression": "holder = :me"}


def renewing() -> dict[str, Any]:
    """The branch beside the work. A lease that somebody else holds now stops the work: two must never run."""
    lease = "$states.result.Item"
    seen = f"$exists({lease}) ? {{'mine': {lease}.holder.S = $states.context.Execution.Id, 'done': {lease}.done.Bool}}"
    states: States = {
        "Begin renewing": {"Type": "Pass", "Assign": {"renewedSeconds": 0}, "Next": "Wait to renew lease"},
        "Wait to renew lease": {
            "Type": "Wait",
            "Seconds": RENEWAL_SECONDS,
            "Assign": {"renewedSeconds": jsonata(f"$renewedSeconds + {RENEWAL_SECONDS}")},
            "Next": "Look at lease",
        },
        "Look at lease": read(
            _GROUP,
            LEASE,
            next_state="Is the lease ours",
            Assign={"lease": jsonata(f"({seen} : {{'mine': false, 'done': false}})")},
        ),
        "Is the lease ours": choice(
            [
                ("$not($lease.mine)", "Lease lost"),
                ("$lease.done", "Lease no longer needed"),
                (f"$renewedSeconds >= {LONGEST_WORK_SECONDS}", "Maintenance too long"),
            ],
            default="Renew lease",
        ),
        "Renew lease": _renewal(next_state="Wait to renew lease"),
        **_ends_of_renewing(),
    }
    return body("Begin renewing", covered(states, "Lease cannot be renewed", "'of the lease'"))


def _renewal(*, next_state: str) -> State:
    arguments = {
        **_own_row(),
        "UpdateExpression": "SET expires = :expires",
        "ExpressionAttributeValues": {":me": {"S": _ME}, ":expires": {"N": _EXPIRES}},
    }
    return sdk_task("dynamodb", "updateItem", arguments, next_state=next_state)


def _ends_of_renewing() -> States:
    return {
        "Lease no longer needed": {"Type": "Succeed"},
        "Lease lost": fail(
            "Tastemaker.LeaseLost",
            f"'another execution took the lease of ' & {_GROUP} & '; this one stops, run it again'",
        ),
        "Maintenance too long": fail(
            "Tastemaker.MaintenanceLate",
            f"'maintenance of ' & {_GROUP} & ' is not done after {LONGEST_WORK_SECONDS} s'",
        ),
    }
