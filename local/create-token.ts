import { parseArgs } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SCOPES } from '#core/access/scopes.ts';
import { check } from '#shared/check.ts';
import type { Table } from '#shared/dynamo.ts';
import { createToken, NewToken } from '../functions/access/index.ts';
import { dynamo } from './emulated-aws.ts';
import { runningLocalAws } from './local-aws.ts';
import { LocalProblem, main } from './problems.ts';
import { placeOf } from './settings.ts';

const HELP = `Makes an API token in the table of a deployed stack and prints it once.

  npm run -s create-token -- --name alice [--scopes admin] [--stack SkiffPlatform | --local]

  --name       who or what uses it: the actor in the audit log
  --scopes     comma separated, of ${SCOPES.join(', ')} (default: admin)
  --models     the only models it reaches, comma separated; "team-*" stands for all that begin so
  --endpoints  the only endpoints it reaches, likewise
  --workspaces the only workspaces of MLflow clients it reaches, likewise
  --expires    when it ends, such as 2027-01-31T00:00:00Z (default: never)
  --stack      name of the platform stack (default: SkiffPlatform)
  --local      in the local AWS that npm start runs

Credentials and region come from the environment, as for the AWS CLI.`;

await main(async () => {
  const values = parse();
  if (values.help) return console.log(HELP);
  try {
    const { name, expires, models, endpoints, workspaces } = values;
    const wanted = check(
      NewToken,
      {
        name,
        scopes: listOf(values.scopes),
        ...(models !== undefined && { models: listOf(models) }),
        ...(endpoints !== undefined && { endpoints: listOf(endpoints) }),
        ...(workspaces !== undefined && { workspaces: listOf(workspaces) }),
        ...(expires !== undefined && { expires }),
      },
      '',
    );
    const table = values.local ? await localTable() : await deployedTable(values.stack);
    console.log((await createToken(wanted, { actor: 'create-token' }, table)).token);
  } catch (error) {
    throw new LocalProblem(`no token was made: ${reasonOf(error as Error)}`);
  }
});

function listOf(commaSeparated: string): string[] {
  return commaSeparated
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

function parse() {
  try {
    const { values } = parseArgs({
      options: {
        name: { type: 'string' },
        scopes: { type: 'string', default: 'admin' },
        models: { type: 'string' },
        endpoints: { type: 'string' },
        workspaces: { type: 'string' },
        expires: { type: 'string' },
        stack: { type: 'string', default: 'SkiffPlatform' },
        local: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (!values.help && !values.name) throw new Error('--name is missing');
    return values;
  } catch (error) {
    throw new LocalProblem(`${(error as Error).message}\n\n${HELP}`);
  }
}

async function localTable(): Promise<Table> {
  const place = placeOf('local');
  const running = await runningLocalAws(place);
  if (!running) throw new Error('the local AWS is not running: npm start');
  return { documents: DynamoDBDocumentClient.from(dynamo(place)), name: running.table };
}

async function deployedTable(stack: string): Promise<Table> {
  const { Stacks } = await new CloudFormationClient({}).send(
    new DescribeStacksCommand({ StackName: stack }),
  );
  const output = Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'TableName');
  if (!output?.OutputValue) throw new Error(`the stack ${stack} has no output TableName`);
  return {
    documents: DynamoDBDocumentClient.from(new DynamoDBClient({})),
    name: output.OutputValue,
  };
}

/** The SDK's own words, with the way out where they have none. */
function reasonOf({ name, message }: Error): string {
  const lost = message === 'Region is missing' || name === 'CredentialsProviderError';
  return lost ? `${message}. Set AWS_REGION and credentials, or use --local` : message;
}
