import { type Facts, programOf } from './facts.ts';
import { quote } from './shell.ts';

/**
 * The command that is on record. A program that it calls by a path from the root is called as the
 * script finds it: `"$program"`.
 */
export function commandOf({ source }: Pick<Facts, 'source'>): string | undefined {
  const { command } = source;
  const program = programOf({ source });
  if (command === undefined || !program?.startsWith('/')) return command;
  const word = program.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return command
    .replaceAll(quote(program), '"$program"')
    .replace(new RegExp(`(?<=^|\\s)${word}(?=$|[\\s;&|])`, 'g'), '"$program"');
}
