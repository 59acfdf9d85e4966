import { AppError, invalidField } from '#core/errors.ts';

/** The bytes after the JSON, taken tensor by tensor. */
export class BinaryPart {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(size: number, field: string): Uint8Array {
    const left = this.#bytes.length - this.#at;
    if (size > left) throw invalidField(field, `is ${size}, but only ${left} bytes are left`);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  mustBeUsedUp(): void {
    const left = this.#bytes.length - this.#at;
    if (left > 0) throw new AppError('invalid', `body: ${left} bytes belong to no input`);
  }
}
