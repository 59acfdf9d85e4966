import { AppError } from '#core/errors.ts';

/*
 * The runtime says what went wrong in text only. What it refuses about the values or sizes that it
 * was given is the caller's to mend; anything else is a defect on our side.
 */
const CALLERS =
  /invalid dimensions for input|Invalid rank for input|Unexpected input data type|Non-zero status code returned while running|INVALID_ARGUMENT|Missing Input|Invalid input/i;
const MEMORY = /Failed to allocate memory|bad_alloc|out of memory|not enough space/i;

/** The error that a failed run is answered with. */
export function runtimeError(error: unknown): unknown {
  const message = (error as Error)?.message ?? '';
  if (MEMORY.test(message)) {
    return new AppError(
      'too-large',
      'the model needs more memory for this input than the function has: send fewer rows at once',
      { cause: error },
    );
  }
  if (!CALLERS.test(message)) return error;
  return new AppError('invalid', `inputs: the model cannot run on them: ${clean(message)}`, {
    fields: [{ field: 'inputs', message: clean(message) }],
    cause: error,
  });
}

const MAX_LENGTH = 400;

/** `…/op_kernel.cc:83 virtual OrtValue* onnxruntime::OpKernelContext::Output(int) const ` */
const SOURCE = /\S+\.(?:cc|cpp|h):\d+\s+(?:[\w:<>*&,~\s]*\([^()]*\)(?:\s*const)?|\w+)\s*/g;

/** Without the files, functions and line breaks of the runtime's own build. */
const clean = (message: string): string =>
  message.replace(SOURCE, '').replace(/\s+/g, ' ').trim().slice(0, MAX_LENGTH);
