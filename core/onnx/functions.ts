import { type Findings, type Limits, MAIN, operatorId } from './findings.ts';
import { canonicalDomain, FUNCTION, RESERVED_DOMAINS } from './format.ts';
import { Cursor, quoted, refused } from './protobuf.ts';

/** Functions call functions at most so deep; the runtime writes them out recursively. */
const MAX_CALLS = 64;

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

/**
 * Checks what the file's functions become once they are written out, as the runtime does: a few
 * that call each other twice grow beyond any memory.
 *
 * @throws AppError `unprocessable` where one calls itself or the whole is too large
 */
export function checkCalls(findings: Findings): void {
  const known = new Map<string, WrittenOut>();
  const open = new Set<string>();
  const measure = (id: string): WrittenOut => {
    const earlier = known.get(id);
    if (earlier) return earlier;
    if (open.has(id)) throw refused(`its function ${quoted(id)} calls itself`);
    open.add(id);
    if (open.size > MAX_CALLS) throw tooDeep();
    const { nodes, tensorBytes, calls } = findings.scope(id);
    const size: WrittenOut = { nodes, tensorBytes, depth: 1 };
    for (const [callee, times] of calls) {
      const inner = measure(callee);
      size.nodes += times * inner.nodes;
      size.tensorBytes += times * inner.tensorBytes;
      size.depth = Math.max(size.depth, 1 + inner.depth);
    }
    checkSize(size, findings.limits);
    open.delete(id);
    known.set(id, size);
    return size;
  };
  for (const id of [MAIN, ...findings.functions]) measure(id);
}

interface WrittenOut {
  nodes: number;
  tensorBytes: number;
  depth: number;
}

function checkSize({ nodes, tensorBytes, depth }: WrittenOut, limits: Limits): void {
  if (depth > MAX_CALLS) throw tooDeep();
  const whole = 'with its functions written out it has more than';
  if (nodes > limits.nodes) throw refused(`${whole} ${limits.nodes} nodes`);
  if (tensorBytes > limits.tensorBytes) {
    throw refused(`${whole} ${limits.tensorBytes} bytes of tensors`);
  }
}

const tooDeep = () => refused(`its functions call each other more than ${MAX_CALLS} deep`);
