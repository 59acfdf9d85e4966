import { AppError } from '../errors.ts';

/** A piece of a filter or an order. */
export type Token =
  | { readonly kind: 'word' | 'number' | 'operator' | 'mark'; readonly text: string }
  /** In single quotes. */
  | { readonly kind: 'text'; readonly text: string; readonly value: string }
  /** With parts in backticks or double quotes: ``metrics.`a b` ``. */
  | { readonly kind: 'name'; readonly text: string; readonly path: readonly string[] };

const QUOTED = '`(?:[^`])*`|"(?:[^"])*"';
const KINDS: readonly (readonly [Token['kind'], RegExp])[] = [
  ['text', /^'(?:[^']|'')*'/],
  ['name', new RegExp(`^(?:[A-Za-z_]\\w*\\.)?(?:${QUOTED})`)],
  ['name', new RegExp(`^(?:${QUOTED})\\.(?:${QUOTED}|[\\w.\\-/:@]+)`)],
  ['number', /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/],
  ['word', /^[\p{L}_][\p{L}\p{N}_.\-/:@]*/u],
  ['operator', /^(?:<=|>=|!=|=|<|>)/],
  ['mark', /^[(),]/],
];

/** @throws AppError `invalid` at what is none of its language */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== '') {
    const token = longest(rest);
    if (!token) throw new AppError('invalid', `Invalid clause(s) in filter string: '${rest}'`);
    tokens.push(token);
    rest = rest.slice(token.text.length).trimStart();
  }
  return tokens;
}

function longest(rest: string): Token | undefined {
  let best: [Token['kind'], string] | undefined;
  for (const [kind, pattern] of KINDS) {
    const found = pattern.exec(rest)?.[0];
    if (found !== undefined && found.length > (best?.[1].length ?? 0)) best = [kind, found];
  }
  return best && make(...best);
}

function make(kind: Token['kind'], text: string): Token {
  if (kind === 'text') return { kind, text, value: text.slice(1, -1).replaceAll("''", "'") };
  if (kind === 'name') return { kind, text, path: pathOf(text) };
  return { kind, text };
}

/** The first part, and all that follows the dot after it. */
function pathOf(text: string): string[] {
  const [, first, rest] = /^(`[^`]*`|"[^"]*"|[A-Za-z_]\w*)(?:\.(.*))?$/s.exec(text) ?? [];
  return [first, rest].filter((part) => part !== undefined).map(unquoted);
}

const unquoted = (part: string): string => (/^[`"]/.test(part) ? part.slice(1, -1) : part);
