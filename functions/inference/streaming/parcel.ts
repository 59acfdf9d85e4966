import type { SourceRecord } from '#shared/source-records.ts';
import type { Trace } from '../wire.ts';
import type { Decoded } from './decode.ts';

/** A record that goes to a variant. */
export interface Aimed {
  readonly decoded: Decoded;
  readonly trace: Trace;
  /** Of the clock that has microseconds. */
  readonly started: number;
}

/** Several records that one run of the model answered. */
export interface SharedCall {
  counted: boolean;
}

/** What became of a record, on its way to where it goes. */
export interface Parcel {
  readonly record: SourceRecord;
  readonly kind: 'RECORD' | 'REJECT';
  /** By which it goes out once. */
  readonly id: string;
  readonly text: string;
  /** Where it got as far as a model. */
  readonly trace?: Trace;
  readonly call?: SharedCall;
}

/** What a message of a queue may hold, and some room. */
const MAX_RAW_BYTES = 200_000;
/** No character takes more than six bytes in JSON. */
const CUT_TO = 30_000;

/** A record that cannot be scored, with the reason and as it stood. */
export function rejected(record: SourceRecord, reason: string, trace?: Trace): Parcel {
  const { id, key, at, text } = record;
  const cut = Buffer.byteLength(JSON.stringify(text)) > MAX_RAW_BYTES;
  const facts = {
    ...{ recordId: id, key, at: new Date(at).toISOString(), reason: reason.slice(0, 2_000) },
    raw: cut ? text.slice(0, CUT_TO) : text,
    ...(cut && { cutFrom: text.length }),
  };
  // By its place in the source: one that is mended comes again under its own id.
  return { record, kind: 'REJECT', id, text: JSON.stringify(facts), ...(trace && { trace }) };
}
