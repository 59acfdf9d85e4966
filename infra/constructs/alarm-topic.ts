import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { PlatformStack } from '../platform-stack.ts';

/** Where alarms are sent: those of the stacks, and those that are made with endpoints. */
export function makeAlarmTopic(platform: PlatformStack): sns.Topic {
  const { config, data } = platform.props;
  const topic = new sns.Topic(platform, 'Alarms', { masterKey: data.key, enforceSSL: true });
  // Neither the topic's policy nor the key's lets alarms in by itself.
  const alarmService = new iam.ServicePrincipal('cloudwatch.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': platform.account } },
  });
  topic.grantPublish(alarmService);
  data.key.grant(alarmService, 'kms:Decrypt', 'kms:GenerateDataKey*');
  if (config.alarmEmail) topic.addSubscription(new EmailSubscription(config.alarmEmail));
  return topic;
}
