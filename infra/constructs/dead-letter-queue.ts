import { Duration, Validations } from 'aws-cdk-lib';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Where work ends that failed every attempt; an alarm watches its depth. */
export class DeadLetterQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, key: kms.IKey, fifo = false) {
    super(scope, id, {
      // Only where its queue is one: CloudFormation knows no `false` here.
      ...(fifo && { fifo }),
      encryption: sqs.QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'This is the dead-letter queue itself.',
    });
  }
}
