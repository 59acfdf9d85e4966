import { readFile } from 'node:fs/promises';
import { type Command, type Invocation, type Option, Problem, UsageError } from './command.ts';

export const string = (about: string, value: string, more: Partial<Option> = {}): Option => ({
  type: 'string',
  about,
  value,
  ...more,
});
export const flag = (about: string, more: Partial<Option> = {}): Option => ({
  type: 'boolean',
  about,
  ...more,
});

/** A positional argument that is there: the command's `arguments` say so. */
export const argument = ({ positionals }: Invocation, index: number): string =>
  positionals[index] as string;

/** @throws UsageError where it is no whole number from 1 */
export function versionNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`"${text}" is no version: give a number such as 3`);
}

/** @throws UsageError where it is not one of them */
export function oneOf<T extends string>(text: string, name: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  throw new UsageError(`${name}: "${text}" is none of ${allowed.join(', ')}`);
}

/** `key=value` as the API takes tags. */
export function tagsOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [key, ...rest] = text.split('=');
      if (!key || rest.length === 0) throw new UsageError(`--tag: "${text}" is not key=value`);
      return [key, rest.join('=')];
    }),
  );
}

/** @throws UsageError where it is no number */
export function number(text: string, name: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new UsageError(`${name}: "${text}" is no number`);
}

/** A number that may be left out. */
export const optionalNumber = (invocation: Invocation, name: string): number | undefined => {
  const text = invocation.text(name);
  return text === undefined ? undefined : number(text, `--${name}`);
};

/** What a JSON file holds, as the API takes it. @throws Problem where it is none */
export async function readJson<T>(file: string): Promise<T> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    throw new Problem(`${file}: ${(error as Error).message}`);
  }
}

export const limit: Option = string('how many at most (default: 20)', '<n>', { short: 'n' });

/** At most as many as `--limit` says. */
export async function take<T>(invocation: Invocation, entries: AsyncIterable<T>): Promise<T[]> {
  const wanted = versionNumber(invocation.text('limit') ?? '20');
  const taken: T[] = [];
  for await (const entry of entries) {
    taken.push(entry);
    if (taken.length >= wanted) break;
  }
  return taken;
}

/** Checks a command where it is written. */
export const commands = <const C extends readonly Command[]>(list: C): C => list;
