import { Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { DataStack } from '../data-stack.ts';
import type { PlatformFunction } from './platform-function.ts';

type TableAction =
  | 'GetItem'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'Query'
  | 'PartiQLInsert'
  | 'PartiQLDelete'
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

/** Lets a function update these attributes of items of these partitions, and no others. */
export function grantAttributes(
  fn: PlatformFunction,
  data: DataStack,
  partitions: readonly string[],
  attributes: readonly string[],
): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['dynamodb:UpdateItem'],
      resources: [data.table.tableArn],
      conditions: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': partitions },
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', ...attributes] },
        // Without this, an update could ask for the whole item back.
        StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' },
      },
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

/** Objects below a prefix of a bucket, and why that cannot be narrower. */
export function grantObjects(
  fn: PlatformFunction,
  bucketArn: string,
  actions: readonly string[],
  prefix: string,
  reason: string = BY_CONTENT,
): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: actions.map((a) => `s3:${a}`),
      resources: [`${bucketArn}/${prefix}*`],
    }),
  );
  explainWildcard(fn, `Resource::${nagName(bucketArn)}/${prefix}*`, reason);
}

/** For a role that is no function's. */
export function explainObjects(role: iam.Role, bucketArn: string, prefix: string): void {
  const id = `AwsSolutions-IAM5[Resource::${nagName(bucketArn)}/${prefix}*]`;
  Validations.of(role).acknowledge({ id, reason: BY_CONTENT });
}

/** The names of a bucket's objects below a prefix. */
export function grantListing(fn: PlatformFunction, bucketArn: string, prefix: string): void {
  fn.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucketArn],
      conditions: { StringLike: { 's3:prefix': [`${prefix}*`] } },
    }),
  );
}

const BY_CONTENT =
  'Objects are named by their content or by an id made at run time; the prefix is fixed.';

/** An address as cdk-nag writes it in its findings: by the export where it is another stack's. */
function nagName(arn: string): string {
  const reference = Tokenization.reverseString(arn).firstToken;
  if (!Reference.isReference(reference)) {
    return arn.replace(/\$\{Token\[AWS\.Partition[^\]]*\]\}/, '<AWS::Partition>');
  }
  const owner = Stack.of(reference.target);
  return owner.resolve(owner.exportValue(arn))['Fn::ImportValue'];
}

/** cdk-nag wants every wildcard acknowledged, one by one. */
export function explainWildcard(fn: PlatformFunction, finding: string, reason: string): void {
  const id = `AwsSolutions-IAM5[${finding}]`;
  Validations.of(fn).acknowledge({ id, reason });
  if (fn.role) Validations.of(fn.role).acknowledge({ id, reason });
}

/** Use of the stacks' key: reading needs `Decrypt`, writing the others too. */
export function grantKey(fn: PlatformFunction, data: DataStack, use: 'read' | 'write'): void {
  const actions = ['kms:Decrypt', 'kms:DescribeKey'];
  if (use === 'write') actions.push('kms:Encrypt', 'kms:GenerateDataKey');
  fn.addToRolePolicy(new iam.PolicyStatement({ actions, resources: [data.key.keyArn] }));
}

/** For functions whose failures go to an encrypted queue: the queue's own grants are this wide. */
export function explainDeadLetters(fn: PlatformFunction): void {
  const reason = 'What an encrypted queue needs of its sender, on one key.';
  for (const action of ['GenerateDataKey*', 'ReEncrypt*']) {
    explainWildcard(fn, `Action::kms:${action}`, reason);
  }
}
