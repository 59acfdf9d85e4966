import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { AppError, type ErrorCode } from '#core/errors.ts';

const STATUS: Record<ErrorCode, readonly [number, string]> = {
  invalid: [400, 'Bad request'],
  unauthorized: [401, 'Unauthorized'],
  forbidden: [403, 'Forbidden'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  'precondition-failed': [412, 'Precondition failed'],
  'too-large': [413, 'Content too large'],
  unprocessable: [422, 'Unprocessable content'],
  'bad-gateway': [502, 'Bad gateway'],
  unavailable: [503, 'Unavailable'],
  'timed-out': [504, 'Gateway timeout'],
};

export const statusOf = (code: ErrorCode): number => STATUS[code][0];

/** An error as RFC 9457 problem details; whatever is not an AppError tells nothing of itself. */
export function problem(
  error: unknown,
  instance: string,
  requestId: string,
): APIGatewayProxyStructuredResultV2 {
  const known = asAppError(error);
  const [status, title] = known ? STATUS[known.code] : [500, 'Internal error'];
  const detail =
    known?.message ?? `something failed on our side; quote the request id ${requestId}`;
  const body = {
    type: `urn:skiff:problem:${known?.code ?? 'internal'}`,
    title,
    status,
    detail,
    instance,
    ...(known && known.fields.length > 0 && { errors: known.fields }),
  };
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/problem+json',
      'x-request-id': requestId,
      ...(status === 401 && { 'www-authenticate': 'Bearer' }),
      ...(status === 503 && { 'retry-after': '1' }),
    },
    body: JSON.stringify(body),
  };
}

/** What AWS refuses for load or outage is the caller's to try again, not a defect of ours. */
function asAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } };
  const transient =
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /Throttl|TooManyRequests|ThroughputExceeded/.test(name ?? '');
  if (!transient) return undefined;
  return new AppError('unavailable', 'storage is not answering right now: try again', {
    cause: error,
  });
}
