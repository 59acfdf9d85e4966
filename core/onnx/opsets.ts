import type { OperatorCount } from './findings.ts';
import { canonicalDomain, FUNCTION, NEWEST_IR, NEWEST_OPSETS, OLDEST_OPSET } from './format.ts';
import { Cursor, damaged, refused } from './protobuf.ts';

/** A version of a set of operators; the standard one has the domain `""`. */
export interface Opset {
  readonly domain: string;
  readonly version: number;
}

/** Reads an OperatorSetIdProto. */
export function readOpset(bytes: Uint8Array): Opset {
  const cursor = new Cursor(bytes);
  let [domain, version] = ['', 0];
  while (cursor.next()) {
    if (cursor.field === 1) domain = cursor.text(1024);
    else if (cursor.field === 2) version = cursor.number();
  }
  return { domain: canonicalDomain(domain), version };
}

/** The operator sets that a FunctionProto imports for itself. */
export function readFunctionOpsets(bytes: Uint8Array): Opset[] {
  const cursor = new Cursor(bytes);
  const opsets: Opset[] = [];
  while (cursor.next()) {
    if (cursor.field === FUNCTION.opsetImport) opsets.push(readOpset(cursor.body()));
  }
  return opsets;
}

/** @throws AppError where the runtime cannot load files of these versions */
export function checkVersions(irVersion: number, opsets: readonly Opset[]): void {
  if (irVersion < 3 || irVersion > NEWEST_IR) {
    throw refused(
      `its IR version is ${irVersion}; 3 to ${NEWEST_IR} can be loaded: export it with another version of onnx`,
    );
  }
  if (opsets.length === 0) throw damaged('it names no operator set');
  checkOpsets(opsets);
}

export function checkOpsets(opsets: readonly Opset[]): void {
  for (const { domain, version } of opsets) {
    const newest = Object.hasOwn(NEWEST_OPSETS, domain) ? NEWEST_OPSETS[domain] : undefined;
    if (newest === undefined || (version >= 1 && version <= newest)) continue;
    throw refused(
      `it needs operator set ${version} of "${domain || 'ai.onnx'}"; up to ${newest} can be loaded: export it with a lower opset`,
    );
  }
}

/**
 * Converters write an old standard set where a graph has operators of other sets alone: that does
 * no harm.
 */
export function checkOldest(opsets: readonly Opset[], operators: Iterable<OperatorCount>): void {
  const old = opsets.find(({ domain, version }) => domain === '' && version < OLDEST_OPSET);
  if (!old || ![...operators].some(({ domain }) => domain === '')) return;
  throw refused(
    `it needs operator set ${old.version} of "ai.onnx"; the runtime knows those from ${OLDEST_OPSET} on: export it with a higher opset`,
  );
}
