import type {
  CloudFrontRequestEvent,
  CloudFrontRequestResult,
  CloudFrontResponseEvent,
  CloudFrontResponseResult,
} from 'aws-lambda';
import { type AskApi, admit, tidy } from '../artifact-host.ts';

/** The function has 5 s before the bytes begin to flow. */
const TIMEOUT_MS = 4000;

/** Everything but files goes from this host to the API, so that it needs no settings. */
const apiBehind =
  (host: string): AskApi =>
  async (method, path, authorization) => {
    const answer = await fetch(`https://${host}${path}`, {
      ...{ method, headers: { authorization }, redirect: 'error' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: answer.status, text: await answer.text() };
  };

/** Before a request reaches the cache or S3, and after S3 has answered (Lambda@Edge). */
export async function handler(
  event: CloudFrontRequestEvent | CloudFrontResponseEvent,
): Promise<CloudFrontRequestResult | CloudFrontResponseResult> {
  const { cf } = (event as CloudFrontResponseEvent)
    .Records[0] as CloudFrontResponseEvent['Records'][0];
  if (cf.config.eventType === 'origin-response') return tidy(cf.request, cf.response);
  return admit(cf.request, apiBehind(cf.config.distributionDomainName));
}
