import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  GetTemplateCommand,
} from '@aws-sdk/client-cloudformation';
import {
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  UpdateFunctionCodeCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { stack } from './stack.ts';
import { zip } from './zip.ts';

const client = () => ({
  endpoint: stack().awsEndpointUrl,
  region: stack().region,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** What goes wrong in a function, as its whole code. */
const FAULTS = {
  throws: 'exports.handler = async () => { throw new Error("the disk is on fire"); };',
  dies: 'exports.handler = async () => { process.exit(137); };',
  'never ends': 'exports.handler = () => new Promise(() => setInterval(() => {}, 1000));',
  'is throttled':
    'exports.handler = async () => { throw Object.assign(new Error("Rate exceeded"), { name: "Lambda.TooManyRequestsException" }); };',
  'answers nonsense': 'exports.handler = async () => ({ what: "nonsense" });',
} as const;

export type Fault = keyof typeof FAULTS;

/** Runs something while several functions are broken, each in its way. */
export const withFaults = <T>(
  faults: Readonly<Record<string, Fault>>,
  run: () => Promise<T>,
): Promise<T> =>
  Object.entries(faults).reduce(
    (inner, [id, fault]) =>
      () =>
        withFault(id, fault, inner),
    run,
  )();

/**
 * Runs something while a deployed function is broken, and mends it afterwards.
 * @param id of the function in the stack, such as `CheckQuality`
 */
export async function withFault<T>(id: string, fault: Fault, run: () => Promise<T>): Promise<T> {
  const lambda = new LambdaClient(client());
  const { FunctionName, code } = await deployed(id);
  const { Timeout } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const ZipFile = zip('index.js', FAULTS[fault]);
  await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile }));
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 3 }));
  try {
    return await run();
  } finally {
    await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ...code }));
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
    lambda.destroy();
  }
}

/** Runs something while a deployed function has other settings, and puts them back afterwards. */
export async function withEnvironment<T>(
  id: string,
  changed: Record<string, string>,
  run: () => Promise<T>,
): Promise<T> {
  const lambda = new LambdaClient(client());
  const { FunctionName } = await deployed(id);
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const set = (Variables: Record<string, string>) =>
    lambda.send(
      new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }),
    );
  const before = { ...Environment?.Variables };
  await set({ ...before, ...changed });
  try {
    return await run();
  } finally {
    await set(before);
    lambda.destroy();
  }
}

/** Calls a deployed function as EventBridge does, and waits for it. */
export async function invoke(id: string, event: object): Promise<void> {
  const lambda = new LambdaClient(client());
  const { FunctionName } = await deployed(id);
  const Payload = JSON.stringify(event);
  const { FunctionError } = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  lambda.destroy();
  if (FunctionError) throw new Error(`${id}: ${FunctionError}`);
}

async function deployed(id: string) {
  const cloudFormation = new CloudFormationClient(client());
  const StackName = 'SkiffPlatform';
  const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName }));
  const resources = JSON.parse(TemplateBody).Resources as Record<
    string,
    { Type: string; Properties: { Code: { S3Bucket: unknown; S3Key: string } } }
  >;
  const [logicalId, resource] = Object.entries(resources).find(
    ([name, { Type }]) =>
      Type === 'AWS::Lambda::Function' && name.replace(/[0-9A-F]{8}$/, '') === id,
  ) as [string, (typeof resources)[string]];
  const { StackResourceDetail } = await cloudFormation.send(
    new DescribeStackResourceCommand({ StackName, LogicalResourceId: logicalId }),
  );
  cloudFormation.destroy();
  const FunctionName = StackResourceDetail?.PhysicalResourceId as string;
  const { S3Bucket, S3Key } = resource.Properties.Code;
  return { FunctionName, code: { S3Bucket: bucketName(S3Bucket), S3Key } };
}

const bucketName = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : String((value as { 'Fn::Sub': string })['Fn::Sub'])
        .replace(/\$\{AWS::AccountId\}/g, '000000000000')
        .replace(/\$\{AWS::Region\}/g, stack().region);
