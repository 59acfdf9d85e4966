import { ArnFormat, Duration, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { folderOf } from './bundles.ts';

/** Where CloudFront takes functions from, wherever everything else is. */
export const FUNCTION_REGION = 'us-east-1';
/** Names the version that the distribution is to call. */
export const VERSION_PARAMETER = '/skiff/artifact-host/function-version';

/** What the host of artifacts calls before files (Lambda@Edge), in the region that it must be in. */
export class ArtifactFunctionStack extends Stack {
  /** Below `functions/`. */
  readonly source = 'tracking/handlers/admit-artifact.ts';
  readonly version: lambda.Version;

  constructor(scope: Construct, id: string, { bundles }: StackProps & { bundles: string }) {
    super(scope, id, { env: { region: FUNCTION_REGION } });
    // It has neither settings nor grants, because it asks the API.
    this.version = new lambda.Function(this, 'AdmitArtifact', {
      code: lambda.Code.fromAsset(folderOf(bundles, this.source)),
      handler: 'index.handler',
      description: 'Asks the API whether a caller may have an artifact',
      // Lambda@Edge takes new runtimes later, and gives no more to what runs before the cache.
      runtime: lambda.Runtime.NODEJS_22_X,
      memorySize: 128,
      timeout: Duration.seconds(5),
      role: this.makeRole(),
    }).currentVersion;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'Lambda@Edge takes new runtimes later than Lambda.',
    });
    new ssm.StringParameter(this, 'FunctionVersion', {
      parameterName: VERSION_PARAMETER,
      stringValue: this.version.functionArn,
    });
  }

  private makeRole(): iam.Role {
    const role = new iam.Role(this, 'AdmitArtifactRole', {
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal('lambda.amazonaws.com'),
        new iam.ServicePrincipal('edgelambda.amazonaws.com'),
      ),
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.logGroups()],
      }),
    );
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:aws:logs:*:<AWS::AccountId>:log-group:/aws/lambda/${FUNCTION_REGION}.${this.stackName}-*]`,
      reason: 'It logs in the region where it runs, which is near whoever calls.',
    });
    return role;
  }

  private logGroups(): string {
    return this.formatArn({
      ...{ service: 'logs', region: '*', resource: 'log-group' },
      resourceName: `/aws/lambda/${FUNCTION_REGION}.${this.stackName}-*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}
