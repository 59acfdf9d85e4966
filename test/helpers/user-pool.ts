import { unique } from './stack.ts';

interface Aws {
  readonly awsEndpointUrl: string;
  readonly region: string;
}

/** A Cognito user pool in the local AWS, with one member of these groups. */
export async function makeUserPool({ awsEndpointUrl, region }: Aws, groups: readonly string[]) {
  const call = async (operation: string, body: object): Promise<any> => {
    const credential = `test/20260101/${region}/cognito-idp/aws4_request`;
    const answer = await fetch(awsEndpointUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
        authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${operation}: ${await answer.text()}`);
    return answer.json();
  };
  const { UserPool } = await call('CreateUserPool', { PoolName: unique('users') });
  const UserPoolId = UserPool.Id as string;
  const newClient = async (): Promise<string> => {
    const flows = ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'];
    const made = { UserPoolId, ClientName: unique('client'), ExplicitAuthFlows: flows };
    return (await call('CreateUserPoolClient', made)).UserPoolClient.ClientId;
  };
  const [Username, Password] = ['alice', 'Correct-horse-7-battery'];
  await call('AdminCreateUser', { UserPoolId, Username, MessageAction: 'SUPPRESS' });
  await call('AdminSetUserPassword', { UserPoolId, Username, Password, Permanent: true });
  for (const GroupName of groups) {
    await call('CreateGroup', { UserPoolId, GroupName });
    await call('AdminAddUserToGroup', { UserPoolId, Username, GroupName });
  }
  return {
    issuer: `https://cognito-idp.${region}.amazonaws.com/${UserPoolId}`,
    jwksUri: `${awsEndpointUrl}/${UserPoolId}/.well-known/jwks.json`,
    newClient,
    /** What Cognito gives the member who signs in with this client. */
    signIn: async (ClientId: string): Promise<{ AccessToken: string; IdToken: string }> => {
      const parameters = { USERNAME: Username, PASSWORD: Password };
      const flow = { ClientId, AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: parameters };
      return (await call('InitiateAuth', flow)).AuthenticationResult;
    },
  };
}
