import { Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { DataStack } from '../data-stack.ts';
import type { PlatformFunction } from './platform-function.ts';

type TableAction =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'ConditionCheckItem';

/** Lets a function do these things to items of these partitions, and to no others. */
export function grantItems(
  fn: PlatformFunction,
  data: DataStack,
  actions: readonly TableAction[],
  partitions: readonly string[],
): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((action) => `dynamodb:${action}`),
      resources: [data.table.tableArn],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } },
    }),
  );
}

/** Queries of the one index, for these of its partitions. */
export function grantIndex(
  fn: PlatformFunction,
  data: DataStack,
  partitions: readonly string[],
): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:Query'],
      resources: [`${data.table.tableArn}/index/gsi1`],
      conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions } },
    }),
  );
}

/** Objects below a prefix of a bucket. */
export function grantObjects(
  fn: PlatformFunction,
  bucketArn: string,
  actions: readonly string[],
  prefix: string,
): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((a) => `s3:${a}`),
      resources: [`${bucketArn}/${prefix}*`],
    }),
  );
}

/** Use of the stacks' key: reading needs `Decrypt`, writing the others too. */
export function grantKey(fn: PlatformFunction, data: DataStack, use: 'read' | 'write'): void {
  const actions = ['kms:Decrypt', 'kms:DescribeKey'];
  if (use === 'write') actions.push('kms:Encrypt', 'kms:GenerateDataKey');
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [data.key.keyArn] }));
}

/**
 * The wildcards that remain, each with its reason. cdk-nag wants them one by one and by the name
 * of the export that carries the bucket's address.
 */
export function explainWildcards(fn: PlatformFunction, sourceBuckets: readonly string[]): void {
  const named = sourceBuckets.map((name) => [sourceBucket(name), CHOSEN] as const);
  for (const [finding, reason] of [...WILDCARDS, ...named]) {
    Validations.of(fn).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
    if (fn.role)
      Validations.of(fn.role).acknowledge({ id: `AwsSolutions-IAM5[${finding}]`, reason });
  }
}

const BY_CONTENT =
  'Objects are named by their content or by an id made at run time; the prefix is fixed.';
const CHOSEN = 'Read only: the deployer named this bucket as one that artifacts may come from.';
const sourceBucket = (name: string) => `Resource::arn:<AWS::Partition>:s3:::${name}/*`;
const exported = (bucket: string) => `Resource::SkiffData:ExportsOutputFnGetAtt${bucket}`;

const WILDCARDS: readonly (readonly [string, string])[] = [
  [`${exported('Artifacts82DD59A1Arn3B515032')}/artifacts/*`, BY_CONTENT],
  [`${exported('Artifacts82DD59A1Arn3B515032')}/uploads/*`, BY_CONTENT],
  [
    `${exported('Data666C94C7Arn0D7E21B7')}/*`,
    'Read only: users register artifacts from anywhere in the data bucket.',
  ],
  ['Action::kms:GenerateDataKey*', 'What an encrypted queue needs of its sender, on one key.'],
  ['Action::kms:ReEncrypt*', 'What an encrypted queue needs of its sender, on one key.'],
];
