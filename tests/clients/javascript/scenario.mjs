// IAM, STS and SageMaker through the AWS SDK for JavaScript v3. Prints what it saw, as one JSON object.
//
// Where the server is and the root's keys come from AWS's variables.

import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  paginateListRoles,
  waitUntilRoleExists,
} from "@aws-sdk/client-iam";
import {
  AddTagsCommand,
  CreateModelCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  ListTagsCommand,
  SageMakerClient,
  paginateListModels,
} from "@aws-sdk/client-sagemaker";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

const seen = {};
const root = new IAMClient({});
const account = (await new STSClient({}).send(new GetCallerIdentityCommand({}))).Account;

const keys = (given) => ({
  accessKeyId: given.AccessKeyId,
  secretAccessKey: given.SecretAccessKey,
  sessionToken: given.SessionToken,
});

async function refused(client, command) {
  try {
    await client.send(command);
  } catch (problem) {
    return { name: problem.name, status: problem.$metadata.httpStatusCode, message: problem.message };
  }
  return null;
}

const policy = (...statements) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const trust = (principal) => policy({ Effect: "Allow", Action: ["sts:AssumeRole", "sts:TagSession"], Principal: principal });

// IAM: a user, an execution role, a role to assume.
await root.send(new CreateUserCommand({ UserName: "ann", Path: "/team/" }));
const ann = (await root.send(new CreateAccessKeyCommand({ UserName: "ann" }))).AccessKey;
await root.send(
  new CreateRoleCommand({
    RoleName: "Execution",
    AssumeRolePolicyDocument: trust({ Service: "sagemaker.amazonaws.com" }),
  }),
);
const execution = `arn:aws:iam::${account}:role/Execution`;
await root.send(
  new CreateRoleCommand({
    RoleName: "Scientist",
    AssumeRolePolicyDocument: trust({ AWS: `arn:aws:iam::${account}:user/team/ann` }),
  }),
);
await root.send(
  new PutRolePolicyCommand({
    RoleName: "Scientist",
    PolicyName: "models",
    PolicyDocument: policy(
      {
        Effect: "Allow",
        Action: ["sagemaker:CreateModel", "sagemaker:DescribeModel", "sagemaker:ListModels", "sagemaker:ListTags"],
        Resource: "*",
      },
      {
        Effect: "Allow",
        Action: "sagemaker:AddTags",
        Resource: "*",
        Condition: { StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team}" } },
      },
      { Effect: "Allow", Action: "iam:PassRole", Resource: execution },
    ),
  }),
);
await waitUntilRoleExists({ client: root, maxWaitTime: 20 }, { RoleName: "Scientist" });
seen.trust = JSON.parse(
  decodeURIComponent((await root.send(new GetRoleCommand({ RoleName: "Scientist" }))).Role.AssumeRolePolicyDocument),
);
seen.roles = [];
for await (const page of paginateListRoles({ client: root, pageSize: 1 }, {})) {
  seen.roles.push(...page.Roles.map((role) => role.RoleName));
}
seen.missing = await refused(root, new GetRoleCommand({ RoleName: "Nobody" }));
seen.unattachable = await refused(
  root,
  new AttachRolePolicyCommand({ RoleName: "Scientist", PolicyArn: `arn:aws:iam::${account}:policy/None` }),
);

// STS: the user's identity, a session with a tag, and what others get.
const annSts = new STSClient({ credentials: keys(ann) });
seen.ann = (await annSts.send(new GetCallerIdentityCommand({}))).Arn;
const assumed = await annSts.send(
  new AssumeRoleCommand({
    RoleArn: `arn:aws:iam::${account}:role/Scientist`,
    RoleSessionName: "javascript",
    Tags: [{ Key: "team", Value: "ml" }],
  }),
);
seen.assumed = assumed.AssumedRoleUser.Arn;
seen.expires = assumed.Credentials.Expiration instanceof Date;
seen.executing = await refused(annSts, new AssumeRoleCommand({ RoleArn: execution, RoleSessionName: "javascript" }));

// SageMaker: as the session, whose tag decides which tags it may give.
const sagemaker = new SageMakerClient({ credentials: keys(assumed.Credentials) });
const model = (name, team) =>
  new CreateModelCommand({
    ModelName: name,
    ExecutionRoleArn: execution,
    PrimaryContainer: { Image: `${account}.dkr.ecr.us-east-1.amazonaws.com/image:1` },
    Tags: [{ Key: "team", Value: team }],
  });
seen.model = (await sagemaker.send(model("ours", "ml"))).ModelArn;
seen.theirs = await refused(sagemaker, model("theirs", "sales"));
const described = await sagemaker.send(new DescribeModelCommand({ ModelName: "ours" }));
seen.described = [described.ExecutionRoleArn, described.CreationTime instanceof Date];
seen.tags = (await sagemaker.send(new ListTagsCommand({ ResourceArn: seen.model }))).Tags;
seen.retagged = await refused(
  sagemaker,
  new AddTagsCommand({ ResourceArn: seen.model, Tags: [{ Key: "team", Value: "sales" }] }),
);
await sagemaker.send(model("ours-2", "ml"));
seen.models = [];
for await (const page of paginateListModels({ client: sagemaker, pageSize: 1 }, { SortBy: "Name", SortOrder: "Ascending" })) {
  seen.models.push(...page.Models.map((each) => each.ModelName));
}
seen.job = await refused(
  new SageMakerClient({}),
  new DescribeTrainingJobCommand({ TrainingJobName: "none" }),
);

// What a user may not, and keys that nobody has.
await root.send(
  new PutUserPolicyCommand({
    UserName: "ann",
    PolicyName: "no",
    PolicyDocument: policy({ Effect: "Deny", Action: "sagemaker:*", Resource: "*" }),
  }),
);
seen.denied = await refused(
  new SageMakerClient({ credentials: keys(ann) }),
  new DescribeModelCommand({ ModelName: "ours" }),
);
seen.wrongSecret = await refused(
  new STSClient({ credentials: { ...keys(ann), secretAccessKey: "wrong" } }),
  new GetCallerIdentityCommand({}),
);
seen.unknownKey = await refused(
  new SageMakerClient({ credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wrong" } }),
  new DescribeModelCommand({ ModelName: "ours" }),
);

console.log(JSON.stringify(seen));
