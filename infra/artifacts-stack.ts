import { CfnOutput, Duration, Fn, Lazy, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import * as cloudfront from 'aws-cdk-lib/aws-cloudfront';
import { HttpOrigin, S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as cr from 'aws-cdk-lib/custom-resources';
import type { Construct } from 'constructs';
import {
  type ArtifactFunctionStack,
  FUNCTION_REGION,
  VERSION_PARAMETER,
} from './artifact-function-stack.ts';
import type { DataStack } from './data-stack.ts';
import type { PlatformStack } from './platform-stack.ts';

interface ArtifactsProps extends StackProps {
  readonly data: DataStack;
  readonly platform: PlatformStack;
  readonly admit: ArtifactFunctionStack;
}

const FILES = '/api/2.0/mlflow-artifacts/artifacts/*';
/** All that CloudFront can be told not to keep; it keeps them for 10 s otherwise. */
const ERRORS = [400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504];

/**
 * A host that takes files of any size from MLflow's clients, and costs nothing while nobody calls
 * (docs/adr/0005-artifact-host.md). Files go to S3, everything else to the API.
 */
export class ArtifactsStack extends Stack {
  readonly host: string;

  constructor(scope: Construct, id: string, props: ArtifactsProps) {
    super(scope, id, props);
    const files = this.makeFiles(props.data, this.findFunction(props.admit));
    const distribution = new cloudfront.Distribution(this, 'Host', {
      comment: 'Skiff: artifacts of MLflow clients',
      defaultBehavior: {
        ...UNCACHED,
        origin: apiOf(props.platform),
        originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      },
      // A segment before MLflow's own path is a workspace.
      additionalBehaviors: { [FILES]: files, [`/*${FILES}`]: files },
      // What was not there a moment ago may be there now.
      errorResponses: ERRORS.map((httpStatus) => ({ httpStatus, ttl: Duration.seconds(0) })),
    });
    explainHost(distribution);
    this.host = distribution.distributionDomainName;
    new CfnOutput(this, 'ArtifactHost', { value: this.host });
  }

  /** From the other region, where CloudFormation does not look by itself. */
  private findFunction(admit: ArtifactFunctionStack): lambda.IVersion {
    this.addStackDependency(admit);
    const arn = this.formatArn({
      ...{ service: 'ssm', region: FUNCTION_REGION, resource: 'parameter' },
      resourceName: VERSION_PARAMETER.slice(1),
    });
    const found = new cr.AwsCustomResource(this, 'FunctionVersion', {
      resourceType: 'Custom::FunctionVersion',
      installLatestAwsSdk: false,
      policy: cr.AwsCustomResourcePolicy.fromSdkCalls({ resources: [arn] }),
      onUpdate: {
        ...{ service: 'SSM', action: 'GetParameter', region: FUNCTION_REGION },
        parameters: { Name: VERSION_PARAMETER },
        // Another one with each version, so that it is read again.
        physicalResourceId: cr.PhysicalResourceId.of(logicalIdOf(admit)),
      },
    });
    explainReader(this);
    const version = found.getResponseField('Parameter.Value');
    return lambda.Version.fromVersionArn(this, 'AdmitArtifact', version);
  }

  private makeFiles({ data }: DataStack, functionVersion: lambda.IVersion) {
    const { originAccessControlId } = new cloudfront.S3OriginAccessControl(this, 'Access', {
      description: 'Skiff: artifacts of MLflow clients',
    });
    const { VIEWER_REQUEST, ORIGIN_RESPONSE } = cloudfront.LambdaEdgeEventType;
    return {
      ...UNCACHED,
      // What bucket and key allow it is said where those are, in the data stack.
      origin: S3BucketOrigin.withBucketDefaults(data, { originAccessControlId }),
      compress: false,
      // Without the body, which so may have any size.
      edgeLambdas: [VIEWER_REQUEST, ORIGIN_RESPONSE].map((eventType) => ({
        ...{ eventType, functionVersion },
      })),
    };
  }
}

const UNCACHED = {
  // Redirecting would take the token in clear first.
  viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
  cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
  allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
};

const apiOf = ({ api }: PlatformStack): HttpOrigin =>
  new HttpOrigin(Fn.select(2, Fn.split('/', api.apiEndpoint)), {
    protocolPolicy: cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
    originSslProtocols: [cloudfront.OriginSslPolicy.TLS_V1_2],
  });

/** It has a digest of the function's code in it, which is known at the end only. */
const logicalIdOf = (admit: ArtifactFunctionStack): string =>
  Lazy.string({
    produce: () =>
      admit.resolve((admit.version.node.defaultChild as lambda.CfnVersion).logicalId) as string,
  });

function explainReader(stack: Stack): void {
  const reader = stack.node.findChild(
    `AWS${cr.AwsCustomResource.PROVIDER_FUNCTION_UUID.replaceAll('-', '')}`,
  );
  const policy = '<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole';
  const reasons = {
    [`IAM4[Policy::arn:${policy}]`]: 'Of the construct: it writes its logs.',
    L1: 'Of the construct: it follows the runtimes of the CDK.',
  };
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(reader).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}

function explainHost(distribution: cloudfront.Distribution): void {
  const reasons = {
    CFR1: 'Teams are where they are.',
    CFR2: 'A firewall costs while idle; every request shows a token, and the API has rates.',
    CFR3: 'The API logs who asks for which file, and the bucket every access.',
    CFR4: "The name is one of CloudFront's, whose certificate brings a policy of its own.",
  };
  for (const [rule, reason] of Object.entries(reasons)) {
    Validations.of(distribution).acknowledge({ id: `AwsSolutions-${rule}`, reason });
  }
}
