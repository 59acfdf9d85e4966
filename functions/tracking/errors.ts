import { AppError, type ErrorCode } from '#core/errors.ts';

/** MLflow's names for what went wrong, and the status that its server answers with each. */
const CODES: Record<ErrorCode, readonly [string, number]> = {
  invalid: ['INVALID_PARAMETER_VALUE', 400],
  unauthorized: ['UNAUTHENTICATED', 401],
  forbidden: ['PERMISSION_DENIED', 403],
  'not-found': ['RESOURCE_DOES_NOT_EXIST', 404],
  'method-not-allowed': ['ENDPOINT_NOT_FOUND', 404],
  // MLflow answers 400 to what exists already, and 409 to nothing that its client knows of.
  conflict: ['RESOURCE_ALREADY_EXISTS', 400],
  'precondition-failed': ['RESOURCE_CONFLICT', 409],
  'too-large': ['INVALID_PARAMETER_VALUE', 413],
  unprocessable: ['INVALID_PARAMETER_VALUE', 400],
  'bad-gateway': ['TEMPORARILY_UNAVAILABLE', 503],
  unavailable: ['TEMPORARILY_UNAVAILABLE', 503],
  'timed-out': ['TEMPORARILY_UNAVAILABLE', 503],
};

/** An error that has a code of its own among MLflow's. */
export class MlflowError extends AppError {
  readonly errorCode: string;
  readonly status: number;

  constructor(errorCode: keyof typeof OWN, message: string) {
    const [code, status] = OWN[errorCode];
    super(code, message);
    this.errorCode = errorCode;
    this.status = status;
  }
}

const OWN = {
  ENDPOINT_NOT_FOUND: ['not-found', 404],
  // Its server answers 500, which its client would try again for minutes.
  INVALID_STATE: ['invalid', 400],
  NOT_IMPLEMENTED: ['invalid', 501],
} as const;

/** Status and body for what was thrown; a defect tells nothing of itself. */
export function describeError(
  error: unknown,
  requestId: string,
): { status: number; body: { error_code: string; message: string } } {
  if (error instanceof MlflowError) {
    return { status: error.status, body: { error_code: error.errorCode, message: error.message } };
  }
  if (error instanceof AppError) {
    const [code, status] = CODES[error.code];
    return { status, body: { error_code: code, message: error.message } };
  }
  if (isTransient(error)) {
    const message = 'storage is not answering right now: try again';
    return { status: 503, body: { error_code: 'TEMPORARILY_UNAVAILABLE', message } };
  }
  const message = `something failed on our side; quote the request id ${requestId}`;
  return { status: 500, body: { error_code: 'INTERNAL_ERROR', message } };
}

/** What AWS refuses for load or outage is the client's to try again, not a defect of ours. */
function isTransient(error: unknown): boolean {
  const { name = '', $metadata } = error as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  return (
    ($metadata?.httpStatusCode ?? 0) >= 500 ||
    /Throttl|TooManyRequests|ThroughputExceeded/.test(name)
  );
}

export const noSuchRun = (id: string): AppError =>
  new AppError('not-found', `Run with id=${id} not found`);
