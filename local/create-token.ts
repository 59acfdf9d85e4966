import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createToken, NewToken } from '../functions/access/index.ts';

const HELP = `Makes an API token in the table of a deployed stack and prints it once.

  npm run create-token -- --name alice [--scopes admin] [--stack SkiffPlatform]

  --name    who or what uses it: the actor in the audit log
  --scopes  comma separated: read, register, deploy, predict, admin (default: admin)
  --stack   name of the platform stack (default: SkiffPlatform)

Credentials and region come from the environment, as for the AWS CLI.`;

const { values } = parseArgs({
  options: {
    name: { type: 'string' },
    scopes: { type: 'string', default: 'admin' },
    stack: { type: 'string', default: 'SkiffPlatform' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || !values.name) {
  console.log(HELP);
  process.exit(values.help ? 0 : 1);
}

try {
  const wanted = NewToken.parse({ name: values.name, scopes: values.scopes.split(',') });
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  const { token } = await createToken(wanted, { documents, name: await tableOf(values.stack) });
  console.log(token);
} catch (error) {
  console.error(`create-token: ${(error as Error).message}`);
  process.exit(1);
}

async function tableOf(stack: string): Promise<string> {
  const { Stacks } = await new CloudFormationClient({}).send(
    new DescribeStacksCommand({ StackName: stack }),
  );
  const output = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'TableName');
  if (!output?.OutputValue) throw new Error(`the stack ${stack} has no output TableName`);
  return output.OutputValue;
}
