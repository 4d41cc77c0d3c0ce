"""How the project stands on AWS, beside what Amazon Personalize does.

Prices are orders of magnitude in US dollars for us-east-1; docs/deploying.md adds them up.
"""

# Annotations are evaluated by pydantic when the classes are made, hence no `from __future__ import annotations`.

from typing import Annotated, Literal

from pydantic import Field

from tastemaker.model.declared import Declared


class Firewall(Declared):
    """AWS WAF in front of the API: AWS's common and known-bad-inputs rules, and a rate for each address.

    Costs about $8 a month, and $0.60 for a million requests.
    """

    requests_per_five_minutes: Annotated[int, Field(ge=10, le=2_000_000_000)] = 2_000


class Domain(Declared):
    """A host name of the API's own, TLS 1.2 and later; of a private API inside the network only.

    Attributes:
        name: for example api.example.com.
        certificate_arn: of AWS Certificate Manager in the API's Region.
        hosted_zone_id: of Route 53, where the record is made; absent means that you make it. That of a private
            API is a private zone, which you associate with the VPC.
    """

    name: Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")]
    certificate_arn: Annotated[str, Field(pattern=r"^arn:[a-z-]+:acm:[a-z0-9-]+:\d{12}:certificate/[a-f0-9-]+$")]
    hosted_zone_id: Annotated[str, Field(pattern=r"^Z[A-Z0-9]+$")] | None = None


class Api(Declared):
    """The REST API and the functions behind it.

    Attributes:
        firewall: absent means none.
        domain: absent means the address that API Gateway gives.
        private: reachable inside the project's network only.
        reserved_concurrency: of each function: a share of the account's pool (1,000 unless it was raised) that it
            cannot exceed and nobody else can take; null takes what is free. Costs nothing.
        provisioned_concurrency: warm instances of each function that answers a request for recommendations; about $5 a
            month for each instance of 512 MB.
        gradual: a new version of a function gets a tenth of the requests for five minutes, and goes when its errors
            raise an alarm. Costs $0.10 a month for each function's alarm.
    """

    firewall: Firewall | None = None
    domain: Domain | None = None
    private: bool = False
    reserved_concurrency: Annotated[int, Field(ge=1, le=1_000)] | None = 25
    provisioned_concurrency: Annotated[int, Field(ge=0, le=1_000)] = 0
    gradual: bool = False

    @property
    def aliased(self) -> bool:
        """Whether requests reach functions by an alias instead of by their newest code."""
        return self.gradual or self.provisioned_concurrency > 0


class Network(Declared):
    """A VPC without a way to the internet, with endpoints to AWS; the functions run inside.

    Costs about $7.30 a month for each interface endpoint and zone: eight endpoints in two zones are $117, and a private
    API has a ninth one.

    Attributes:
        cidr: of the VPC, /16 to /24; every zone gets the same share.
        zones: availability zones. The Region has to have as many.
    """

    cidr: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/(1[6-9]|2[0-4])$")] = "10.0.0.0/16"
    zones: Annotated[int, Field(ge=2, le=6)] = 2


class Monitoring(Declared):
    """What is watched, and from where on somebody has to be told.

    Attributes:
        dashboard: three are free in an account, each further one is $3 a month.
        alarms: $0.10 a month for each metric they look at; they tell the topic of `notifications`.
        stale_after_days: since the solution version that a campaign serves was trained.
        maximum_fallback_share: of a route's answers in an hour that did not come from its campaign.
        idle_after_days: without a request; a campaign costs money all the same.
    """

    dashboard: bool = True
    alarms: bool = True
    stale_after_days: Annotated[int, Field(ge=1, le=365)] = 10
    maximum_fallback_share: Annotated[float, Field(gt=0, le=1)] = 0.05
    idle_after_days: Annotated[int, Field(ge=1, le=7)] = 2


class Deploy(Declared):
    """What `cdk deploy` makes of the project.

    Attributes:
        on_delete: what becomes of data, key, tables and queues when their stack is deleted, or they are replaced.
        permissions_boundary: name of a managed policy of the account that bounds every role.
        api: see `Api`.
        network: absent means that functions reach AWS over its public addresses, which costs nothing.
        monitoring: see `Monitoring`.
    """

    on_delete: Literal["retain", "destroy"] = "retain"
    permissions_boundary: Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,128}$")] | None = None
    api: Api = Field(default_factory=Api)
    network: Network | None = None
    monitoring: Monitoring = Field(default_factory=Monitoring)
