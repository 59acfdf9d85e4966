import { AppError } from '#core/errors.ts';
import { Cursor } from '#core/onnx/protobuf.ts';

type Read = (cursor: Cursor) => void;

/** Reads a message field by field; those that are not known are skipped, as the format wants it. */
export const each = (bytes: Uint8Array, readers: Readonly<Record<number, Read>>): void =>
  walk(bytes, (cursor) => readers[cursor.field]?.(cursor));

/** @throws AppError `invalid` where it is no message */
export function walk(bytes: Uint8Array, read: Read): void {
  try {
    const cursor = new Cursor(bytes);
    while (cursor.next()) read(cursor);
  } catch (error) {
    // The reader is that of models, and says so.
    if (!(error instanceof AppError) || error.code !== 'unprocessable') throw error;
    throw new AppError('invalid', 'the message is not what the protocol defines', { cause: error });
  }
}
