import { describe, expect, it } from '@jest/globals';
import { makeSecret, signedHeaders } from '../../../functions/webhooks/signature.ts';

/** From the specification's own test of its libraries. */
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const MESSAGE = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1614265330,
  body: '{"test": 2432232314}',
};

const signatureOf = (secret: string, message: typeof MESSAGE) =>
  signedHeaders(secret, message)['webhook-signature'];

describe('a signature', () => {
  it('is the one of Standard Webhooks', () => {
    expect(signatureOf(SECRET, MESSAGE)).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it.each([{ id: 'msg_2' }, { timestamp: 1614265331 }, { body: '{"test": 2432232315}' }])(
    'is another with %j',
    (change) => {
      const other = signatureOf(SECRET, { ...MESSAGE, ...change });
      expect(other).not.toBe(signatureOf(SECRET, MESSAGE));
    },
  );

  it('goes along with what it was made of, and without the secret', () => {
    const headers = signedHeaders(SECRET, MESSAGE);
    expect(headers).toMatchObject({ 'webhook-id': MESSAGE.id, 'webhook-timestamp': '1614265330' });
    expect(JSON.stringify(headers)).not.toContain(SECRET.slice(6));
  });

  it('is made with a secret of 32 random bytes', () => {
    const [one, other] = [makeSecret(), makeSecret()];
    expect(one).toMatch(/^whsec_[\w+/]{43}=$/);
    expect(one).not.toBe(other);
  });
});
