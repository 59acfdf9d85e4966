import { type Findings, type Limits, MAIN, operatorId } from './findings.ts';
import { canonicalDomain, FUNCTION, RESERVED_DOMAINS } from './format.ts';
import { Cursor, quoted, refused } from './protobuf.ts';

/** Calls in calls and graphs in graphs together; the runtime writes functions out recursively. */
const MAX_DEPTH = 64;

/** Id of a FunctionProto. @throws AppError where it stands in a domain of the runtime */
export function functionId(bytes: Uint8Array): string {
  const cursor = new Cursor(bytes);
  let [name, domain, overload] = ['', '', ''];
  while (cursor.next()) {
    if (cursor.field === FUNCTION.name) name = cursor.text(1024);
    else if (cursor.field === FUNCTION.domain) domain = cursor.text(1024);
    else if (cursor.field === FUNCTION.overload) overload = cursor.text(1024);
  }
  if (RESERVED_DOMAINS.test(canonicalDomain(domain))) {
    throw refused(`it defines a function in the runtime's own domain ${quoted(domain)}`);
  }
  return operatorId(domain, name, overload);
}

/** A function, or the main graph, with all that it calls in the place of the calls. */
interface WrittenOut {
  nodes: number;
  tensorBytes: number;
  depth: number;
}

/**
 * Checks what the file's functions become once they are written out, as the runtime does: a few
 * that call each other twice grow beyond any memory.
 *
 * @throws AppError `unprocessable` where one calls itself or the whole is too large
 */
export function checkCalls(findings: Findings): void {
  const known = new Map<string, WrittenOut>();
  const open = new Set<string>();
  const writeOut = (id: string): WrittenOut => {
    const earlier = known.get(id);
    if (earlier) return earlier;
    if (open.has(id)) throw refused(`its function ${quoted(id)} calls itself`);
    if (open.size > MAX_DEPTH) throw tooDeep();
    open.add(id);
    const { nodes, tensorBytes, calls } = findings.scope(id);
    const whole: WrittenOut = { nodes, tensorBytes, depth: 0 };
    for (const [callee, { times, depth }] of calls) {
      const inner = writeOut(callee);
      whole.nodes += times * inner.nodes;
      whole.tensorBytes += times * inner.tensorBytes;
      whole.depth = Math.max(whole.depth, depth + 1 + inner.depth);
    }
    checkSize(whole, findings.limits);
    open.delete(id);
    known.set(id, whole);
    return whole;
  };
  for (const id of [MAIN, ...findings.functions]) writeOut(id);
}

function checkSize({ nodes, tensorBytes, depth }: WrittenOut, limits: Limits): void {
  if (depth > MAX_DEPTH) throw tooDeep();
  const whole = 'with its functions written out it has more than';
  if (nodes > limits.nodes) throw refused(`${whole} ${limits.nodes} nodes`);
  if (tensorBytes > limits.tensorBytes) {
    throw refused(`${whole} ${limits.tensorBytes} bytes of tensors`);
  }
}

const tooDeep = () => refused(`its functions call each other more than ${MAX_DEPTH} deep`);
