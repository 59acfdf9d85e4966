import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackDeleteComplete,
} from '@aws-sdk/client-cloudformation';
import {
  DescribeTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { type Place, REGION } from './settings.ts';

const STACKS = ['SkiffObservability', 'SkiffNotebooks', 'SkiffPlatform', 'SkiffData'];

const access = ({ endpoint }: Place) => ({
  endpoint,
  region: REGION,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

export const dynamo = (place: Place): DynamoDBClient => new DynamoDBClient(access(place));

/** Whether the emulator still has what was deployed: it saves only when it is stopped cleanly. */
export async function hasTable(place: Place, TableName: string): Promise<boolean> {
  try {
    await dynamo(place).send(new DescribeTableCommand({ TableName }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'ResourceNotFoundException') return false;
    throw error;
  }
}

/** CloudFormation in the emulator forgets the time to live; on AWS the template sets it. */
export async function setTimeToLive(place: Place, TableName: string): Promise<void> {
  const TimeToLiveSpecification = { AttributeName: 'expiresAt', Enabled: true };
  await dynamo(place).send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

/** Whether Skiff's stacks are there already, whoever deployed them. */
export async function hasStacks(place: Place): Promise<boolean> {
  try {
    const found = await new CloudFormationClient(access(place)).send(
      new DescribeStacksCommand({ StackName: 'SkiffData' }),
    );
    return found.Stacks?.some(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE') ?? false;
  } catch (error) {
    if ((error as Error).name === 'ValidationError') return false;
    throw error;
  }
}

/** Deletes Skiff's stacks and nothing else: in an emulator of the user's, the rest is theirs. */
export async function deleteStacks(place: Place): Promise<void> {
  const client = new CloudFormationClient(access(place));
  for (const StackName of STACKS) {
    await client.send(new DeleteStackCommand({ StackName }));
    await waitUntilStackDeleteComplete({ client, maxWaitTime: 120, minDelay: 1 }, { StackName });
  }
}
