import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import * as cognito from 'aws-cdk-lib/aws-cognito';
import { SCOPES, type Scope } from '#core/access/scopes.ts';
import type { Issuer } from '../../functions/access/issuers.ts';
import type { PlatformStack } from '../platform-stack.ts';

const groupOf = (scope: Scope): string => `skiff/${scope}`;

/**
 * A Cognito user pool, for those who have no issuer of their own: a person may do what the groups
 * that it is in are named after (`skiff/read`). Answers it as an issuer.
 */
export function addUserPool(platform: PlatformStack): Issuer {
  const pool = new cognito.UserPool(platform, 'Users', {
    selfSignUpEnabled: false,
    signInAliases: { email: true },
    mfa: cognito.Mfa.REQUIRED,
    mfaSecondFactor: { otp: true, sms: false },
    passwordPolicy: {
      minLength: 12,
      requireDigits: true,
      requireLowercase: true,
      requireUppercase: true,
      requireSymbols: true,
    },
    removalPolicy: platform.props.config.retainData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    deletionProtection: platform.props.config.retainData,
  });
  Validations.of(pool).acknowledge({
    id: 'AwsSolutions-COG8',
    reason: 'Threat protection is a paid feature plan: nothing here costs while idle.',
  });
  for (const scope of SCOPES) {
    new cognito.CfnUserPoolGroup(platform, `Group${scope}`, {
      userPoolId: pool.userPoolId,
      groupName: groupOf(scope),
    });
  }
  const client = pool.addClient('Client', {
    authFlows: { userSrp: true },
    preventUserExistenceErrors: true,
    disableOAuth: true,
  });
  const { region, urlSuffix } = Stack.of(platform);
  return {
    name: 'users',
    issuer: `https://cognito-idp.${region}.${urlSuffix}/${pool.userPoolId}`,
    audiences: [client.userPoolClientId],
    audienceClaim: 'client_id',
    actorClaim: 'sub',
    scopeClaims: ['cognito:groups'],
    scopes: Object.fromEntries(SCOPES.map((scope) => [groupOf(scope), [scope]])),
  };
}
