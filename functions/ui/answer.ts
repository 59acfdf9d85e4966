import { AppError } from '#core/errors.ts';
import type { HttpEvent, HttpResult } from '#shared/http.ts';
import { STYLE_SOURCE } from '#shared/page/style.ts';
import { problem } from '#shared/problem.ts';
import { ENCODINGS, type Encoding, INDEX, type Site, type SiteFile } from './site.ts';

/**
 * The app runs its own files and speaks to its own deployment, and nothing else. Cards and reports,
 * which it shows in frames without scripts, bring the one style that is named by its hash.
 */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'self' ${STYLE_SOURCE}`,
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  vary: 'accept-encoding',
};

/** A file of the site, packed as the browser takes it, or that it has it already. */
export function answerFor(site: Site, event: HttpEvent): HttpResult {
  const requestId = event.requestContext.requestId;
  // Addresses of the app are relative to `/ui`, and would be wrong below `/ui/`.
  if (event.rawPath.endsWith('/ui/')) {
    return { statusCode: 308, headers: { location: '../ui', 'x-request-id': requestId } };
  }
  const file = site.get(event.pathParameters?.proxy ?? INDEX);
  if (!file) {
    return problem(
      new AppError('not-found', `there is no file at ${event.rawPath}: the page is at /ui`),
      event.rawPath,
      requestId,
    );
  }
  const headers = {
    ...HEADERS,
    etag: file.etag,
    'cache-control': file.named ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-request-id': requestId,
  };
  if (hasAlready(event.headers['if-none-match'], file)) return { statusCode: 304, headers };
  return { statusCode: 200, ...carry(file, event.headers['accept-encoding'], headers) };
}

function carry(file: SiteFile, accepted: string | undefined, headers: Record<string, string>) {
  const encoding = encodingFor(file, accepted);
  const bytes = (encoding && file.packed[encoding]) ?? file.bytes;
  return {
    headers: {
      ...headers,
      'content-type': file.contentType,
      ...(encoding && { 'content-encoding': encoding }),
    },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  };
}

const hasAlready = (etags: string | undefined, { etag }: SiteFile): boolean =>
  etags?.split(',').some((one) => one.trim() === etag || one.trim() === '*') ?? false;

/** The best that there is of those that the caller takes (RFC 9110, 12.5.3). */
function encodingFor({ packed }: SiteFile, accepted = ''): Encoding | undefined {
  const taken = accepted.split(',').flatMap((part) => {
    const [name = '', ...parameters] = part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    const refused = parameters.some((one) => /^q=0(\.0*)?$/.test(one));
    return refused ? [] : [name];
  });
  return ENCODINGS.map(([name]) => name).find((name) => packed[name] && taken.includes(name));
}
