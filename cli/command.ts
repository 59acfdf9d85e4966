import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Client } from '#client';
import type { Output } from './output.ts';

/** One option of a command; `type` and so on as node:util takes them. */
export interface Option extends ParseArgsOptionDescriptor {
  readonly about: string;
  /** What stands for its value in the help: `<file>`. */
  readonly value?: string;
}

export interface Invocation {
  readonly positionals: readonly string[];
  /** Text of an option that was given. */
  text(name: string): string | undefined;
  /** Texts of an option that may be given several times. */
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  readonly out: Output;
  /** Ends with Ctrl-C. */
  readonly signal: AbortSignal;
  /** Of the deployment that the environment or `skiff login` named; @throws Problem without one. */
  client(): Client;
}

/** One thing that `skiff` does. */
export interface Command {
  /** As it is typed: `versions register`. */
  readonly name: string;
  readonly summary: string;
  /** Names of the arguments: `<required>`, `[optional]`, `[several...]`. */
  readonly arguments: readonly string[];
  readonly options?: Readonly<Record<string, Option>>;
  readonly details?: string;
  readonly examples: readonly string[];
  run(invocation: Invocation): Promise<void>;
}

/** The command line was wrong: exit code 2, and a hint at the help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Something that the person at the keyboard can mend: its message alone is shown. */
export class Problem extends Error {
  override readonly name = 'Problem';
}
