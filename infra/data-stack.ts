import { Duration, RemovalPolicy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { type Config, list } from './config.ts';

/** What must survive everything else: the table, the buckets, their key, and the key of bundles. */
export class DataStack extends Stack {
  readonly key: kms.Key;
  readonly table: dynamodb.Table;
  readonly artifacts: s3.Bucket;
  readonly data: s3.Bucket;
  /** What the key follows from that bundles are signed with. */
  readonly signingSecret: secretsmanager.Secret;

  constructor(scope: Construct, id: string, props: StackProps & { config: Config }) {
    super(scope, id, props);
    const { config } = props;
    const removalPolicy = config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.key = new kms.Key(this, 'Key', {
      description: 'Skiff: table, buckets and queues',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.table = this.makeTable(config, removalPolicy);
    const logs = this.makeLogBucket(removalPolicy);
    this.artifacts = this.makeBucket('Artifacts', logs, removalPolicy, [
      { id: 'abandoned-uploads', prefix: 'uploads/', expiration: Duration.days(1) },
    ]);
    const expiration = Duration.days(config.captureRetentionDays);
    this.data = this.makeBucket('Data', logs, removalPolicy, [
      { id: 'captures', prefix: 'captures/', expiration },
      { id: 'shadows', prefix: 'shadows/', expiration },
      { id: 'row-profiles', prefix: 'row-profiles/', expiration },
    ]);
    this.signingSecret = this.makeSigningSecret(removalPolicy);
    // The construct's own `eventBridgeEnabled` would bring a function of its own.
    (this.data.node.defaultChild as s3.CfnBucket).notificationConfiguration = {
      eventBridgeConfiguration: { eventBridgeEnabled: true },
    };
    if (config.artifactHost) this.admitArtifactHost();
    for (const origin of list(config.corsOrigins)) {
      this.artifacts.addCorsRule({
        allowedMethods: [s3.HttpMethods.PUT],
        allowedOrigins: [origin],
        allowedHeaders: ['content-type', 'x-amz-checksum-sha256'],
      });
    }
  }

  /**
   * The host of artifacts (infra/artifacts-stack.ts) reads and writes MLflow's files. Any
   * distribution of this account: naming the one would tie this stack to what stands on it.
   */
  private admitArtifactHost(): void {
    const { partition, account } = this;
    const grant = (actions: string[], resource: string) =>
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudfront.amazonaws.com')],
        actions,
        resources: [resource],
        conditions: {
          StringEquals: { 'aws:SourceAccount': account },
          ArnLike: { 'aws:SourceArn': `arn:${partition}:cloudfront::${account}:distribution/*` },
        },
      });
    const files = this.data.arnForObjects('tracking/*');
    this.data.addToResourcePolicy(grant(['s3:GetObject', 's3:PutObject'], files));
    this.key.addToResourcePolicy(
      grant(['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey*'], '*'),
    );
  }

  private makeSigningSecret(removalPolicy: RemovalPolicy): secretsmanager.Secret {
    const secret = new secretsmanager.Secret(this, 'SigningSecret', {
      description: 'Skiff: what the key that bundles are signed with follows from',
      encryptionKey: this.key,
      // 64 letters and digits: more than the 256 bits of the key.
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy,
    });
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Devices trust the key by its digest: another one reaches them before it signs.',
    });
    return secret;
  }

  private makeTable(config: Config, removalPolicy: RemovalPolicy): dynamodb.Table {
    const table = new dynamodb.Table(this, 'Table', {
      partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: this.key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      stream: dynamodb.StreamViewType.NEW_IMAGE,
      deletionProtection: config.retainData,
      resourcePolicy: new iam.PolicyDocument({ statements: APPEND_ONLY }),
      removalPolicy,
    });
    table.addGlobalSecondaryIndex({
      indexName: 'gsi1',
      partitionKey: { name: 'gsi1pk', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'gsi1sk', type: dynamodb.AttributeType.STRING },
    });
    return table;
  }

  private makeLogBucket(removalPolicy: RemovalPolicy): s3.Bucket {
    const logs = new s3.Bucket(this, 'AccessLogs', {
      ...BUCKET_DEFAULTS,
      // The log delivery service cannot write with a key of ours.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [{ id: 'expire', expiration: Duration.days(90) }, ABORT_UPLOADS],
      removalPolicy,
    });
    Validations.of(logs).acknowledge({
      id: 'AwsSolutions-S1',
      reason: 'This is where access logs go; logging its own access would never end.',
    });
    return logs;
  }

  private makeBucket(
    id: string,
    logs: s3.IBucket,
    removalPolicy: RemovalPolicy,
    rules: s3.LifecycleRule[],
  ) {
    const bucket = new s3.Bucket(this, id, {
      ...BUCKET_DEFAULTS,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      versioned: true,
      serverAccessLogsBucket: logs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      lifecycleRules: [
        ...rules,
        ABORT_UPLOADS,
        { id: 'old-versions', noncurrentVersionExpiration: Duration.days(30) },
      ],
      removalPolicy,
    });
    // The L2 property for this brings a custom resource along; the service needs none.
    const cfn = bucket.node.defaultChild as s3.CfnBucket;
    cfn.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    return bucket;
  }
}

const AUDIT = ['AUDIT', 'AUDIT_CHAIN'];

/** To everybody, administrators included: nobody changes or removes what the audit log holds. */
const deny = (sid: string, actions: readonly string[], conditions: iam.Conditions) =>
  new iam.PolicyStatement({
    sid,
    effect: iam.Effect.DENY,
    principals: [new iam.AnyPrincipal()],
    actions: actions.map((action) => `dynamodb:${action}`),
    // Of a table's own policy it means that table.
    resources: ['*'],
    conditions,
  });

const APPEND_ONLY = [
  // All values: a transaction that changes something else beside its new entry must go through.
  deny('NoChange', ['DeleteItem', 'PartiQLDelete', 'PartiQLUpdate', 'UpdateItem'], {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': AUDIT },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  }),
  deny('NoBatch', ['BatchWriteItem'], {
    'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': AUDIT },
  }),
];

const BUCKET_DEFAULTS = {
  blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
  objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  minimumTLSVersion: 1.2,
};

const ABORT_UPLOADS: s3.LifecycleRule = {
  id: 'abort-multipart-uploads',
  abortIncompleteMultipartUploadAfter: Duration.days(1),
};
