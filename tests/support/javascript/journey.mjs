// A journey through the three services with the AWS SDK for JavaScript v3.
// Usage: node journey.mjs '{"endpoint": …, "campaignArn": …, "trackingId": …, "schema": …, "sentAt": …}'
// Prints one JSON object, which tests/contract/test_other_clients.py examines.
import * as control from "@aws-sdk/client-personalize";
import * as events from "@aws-sdk/client-personalize-events";
import * as runtime from "@aws-sdk/client-personalize-runtime";

const given = JSON.parse(process.argv[2]);
const settings = {
  endpoint: given.endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "testing", secretAccessKey: "testing" },
  maxAttempts: 1,
};
const personalize = new control.PersonalizeClient(settings);
const personalizeRuntime = new runtime.PersonalizeRuntimeClient(settings);
const personalizeEvents = new events.PersonalizeEventsClient(settings);

async function failure(promise, expectedClass) {
  try {
    await promise;
  } catch (error) {
    return {
      name: error.name,
      message: error.message,
      status: error.$metadata?.httpStatusCode,
      hasRequestId: Boolean(error.$metadata?.requestId),
      isOfItsClass: error instanceof expectedClass,
    };
  }
  return null;
}

async function recommend(userId) {
  const command = new runtime.GetRecommendationsCommand({ campaignArn: given.campaignArn, userId, numResults: 3 });
  return (await personalizeRuntime.send(command)).itemList.map((item) => item.itemId);
}

const schemaArns = [];
for (const name of ["javascript-1", "javascript-2", "javascript-3"]) {
  const created = await personalize.send(new control.CreateSchemaCommand({ name, schema: given.schema }));
  schemaArns.push(created.schemaArn);
}
const group = await personalize.send(new control.CreateDatasetGroupCommand({ name: "javascript" }));
const { datasetGroupArn } = group;
const described = await personalize.send(new control.DescribeDatasetGroupCommand({ datasetGroupArn }));

const pageSizes = [];
const listed = [];
for await (const page of control.paginateListSchemas({ client: personalize, pageSize: 1 }, {})) {
  pageSizes.push(page.schemas.length);
  listed.push(...page.schemas.map((schema) => schema.schemaArn));
}

const absent = given.campaignArn.replace("/home", "/absent");
const controlError = await failure(
  personalize.send(new control.DescribeCampaignCommand({ campaignArn: absent })),
  control.ResourceNotFoundException,
);
const runtimeError = await failure(
  personalizeRuntime.send(new runtime.GetRecommendationsCommand({ campaignArn: absent, userId: "u" })),
  runtime.ResourceNotFoundException,
);

const before = await recommend("javascript");
const sent = await personalizeEvents.send(
  new events.PutEventsCommand({
    trackingId: given.trackingId,
    userId: "javascript",
    sessionId: "session",
    eventList: [{ eventType: "view", itemId: "i07", sentAt: new Date(given.sentAt * 1000) }],
  }),
);
const after = await recommend("javascript");

console.log(
  JSON.stringify({
    schemaArns,
    datasetGroupArn,
    created: described.datasetGroup.creationDateTime.toISOString(),
    pageSizes,
    listed,
    controlError,
    runtimeError,
    before,
    putEventsStatus: sent.$metadata.httpStatusCode,
    after,
  }),
);
