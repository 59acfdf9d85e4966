/** What went wrong, independent of any protocol; hosts map it to a status. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'conflict'
  | 'precondition-failed'
  | 'too-large'
  | 'unprocessable'
  | 'bad-gateway'
  | 'unavailable'
  | 'timed-out';

/** One field that was refused: `field` is a path such as `inputs[0].data[3]`. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * An error whose message is meant for the caller: it names what was wrong and the way out.
 * Anything else that is thrown is a defect and is answered as an internal error without detail.
 */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly fields: readonly FieldError[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { fields?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fields = options.fields ?? [];
  }
}

/** Bad input in one field. */
export const invalidField = (field: string, message: string): AppError =>
  new AppError('invalid', `${field}: ${message}`, { fields: [{ field, message }] });
