import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lineWriter } from '#shared/line-writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'skiff-lines-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'lines');

/** What a file holds after such lines were written to it. */
function written(lines: readonly (readonly [string, string])[]): string {
  const descriptor = openSync(file, 'w');
  const write = lineWriter(descriptor);
  for (const [head, tail] of lines) write(Buffer.from(head), tail);
  closeSync(descriptor);
  return readFileSync(file, 'utf8');
}

describe('lineWriter', () => {
  it('writes heads and tails of any characters and length, one after the other', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 3000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), (lines) => {
        expect(written(lines)).toBe(lines.flat().join(''));
      }),
      { numRuns: 50 },
    );
  });

  it('grows for a line of a megabyte, and goes on with short ones', () => {
    const long = '日'.repeat(350_000);
    expect(
      written([
        ['a', long],
        ['b', 'c\n'],
      ]),
    ).toBe(`a${long}bc\n`);
  });

  it('fails no answer where nobody can read', () => {
    const descriptor = openSync(file, 'w');
    closeSync(descriptor);
    expect(() => lineWriter(descriptor)(new Uint8Array(0), 'line\n')).not.toThrow();
  });
});
