import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_RECORD_BYTES, RecordReader } from '#core/batch/records.ts';

interface Found {
  readonly text: string;
  readonly line: number;
  readonly from: number;
  readonly unclosed: boolean;
}

/** The records of a text that is handed over in pieces of these lengths. */
function read(
  text: string,
  lengths: readonly number[],
  separator: string | undefined = ',',
): Found[] {
  const bytes = Buffer.from(text);
  const found: Found[] = [];
  const reader: RecordReader = new RecordReader({
    separator,
    onRecord: ({ bytes: all, start, end, line, unclosed }) =>
      found.push({
        text: Buffer.from(all.subarray(start, end)).toString(),
        ...{ line, unclosed, from: reader.offset },
      }),
  });
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    reader.push(bytes.subarray(at, at + length));
    at += length;
  }
  reader.end();
  return found;
}

const texts = (found: readonly Found[]) => found.map(({ text }) => text);

describe('records of CSV', () => {
  it('end at line ends outside quotes, whichever they are', () => {
    expect(texts(read('a,b\r\n1,2\n\n"x\n,""y",3\r4,5', []))).toEqual([
      'a,b',
      '1,2',
      '"x\n,""y",3',
      '4,5',
    ]);
    expect(texts(read('1,"a\nb"', []))).toEqual(['1,"a\nb"']);
  });

  it('know their lines', () => {
    expect(read('a\n"x\ny",1\n\nb\n', []).map(({ line }) => line)).toEqual([1, 2, 5]);
  });

  it('lose one line to a quote that is never closed', () => {
    const found = read('1,2\n"3,4\n5,6\n', []);
    expect(texts(found)).toEqual(['1,2', '"3,4', '5,6']);
    expect(found.map(({ unclosed }) => unclosed)).toEqual([false, true, false]);
    expect(read('say "hi\n1\n', []).map(({ unclosed }) => unclosed)).toEqual([false, false]);
  });

  it('do so wherever the end of the file is', () => {
    const rest = 'x,y\n'.repeat(MAX_RECORD_BYTES / 4 + 10);
    const found = read(`1,"2\n${rest}`, [1000]);
    expect(found[0]).toMatchObject({ text: '1,"2', unclosed: true });
    expect(found).toHaveLength(MAX_RECORD_BYTES / 4 + 11);
    expect(() => read('x'.repeat(MAX_RECORD_BYTES + 1), [])).toThrow('line 1 is longer than 1 MiB');
  });

  const text = fc.string({
    unit: fc.constantFrom('a', '1', ',', '"', '\n', '\r', 'é'),
    maxLength: 40,
  });

  it('do not depend on how the bytes come', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(7), { maxLength: 20 }), (content, lengths) => {
        expect(read(content, lengths)).toEqual(read(content, []));
      }),
    );
  });

  it('are the same read from the start of any of them', () => {
    fc.assert(
      fc.property(text, fc.nat(20), (content, pick) => {
        const whole = read(content, []);
        const cut = whole[pick % Math.max(1, whole.length)];
        if (!cut) return;
        const rest = Buffer.from(content).subarray(cut.from).toString();
        expect(texts(read(rest, []))).toEqual(texts(whole.slice(whole.indexOf(cut))));
      }),
    );
  });

  it('lose nothing: with their line ends they are the text', () => {
    fc.assert(
      fc.property(text, (content) => {
        const joined = texts(read(content, []))
          .join('')
          .replace(/[\r\n]/g, '');
        expect(joined).toBe(content.replace(/[\r\n]/g, ''));
      }),
    );
  });
});

describe('records of JSON Lines', () => {
  it('are the lines', () => {
    expect(texts(read('{"a":"\\n\\""}\r\n\n{"b":2}', [3], undefined))).toEqual([
      '{"a":"\\n\\""}',
      '{"b":2}',
    ]);
  });
});
