import { nearest } from '#core/nearest.ts';
import type { Command } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import type { Output } from './output.ts';

const HEAD = 'skiff: register, examine, deploy and call models';
const TAIL = `skiff <command> --help shows what a command takes, with examples. Every command takes
--json: the result as JSON on standard output. Exit codes: 0 done, 1 failed, 2 not understood.
SKIFF_URL and SKIFF_TOKEN go before what skiff login has saved; NO_COLOR is respected.`;

/** All commands, or those of one group, a line each. */
export function overview(out: Output, group?: string): string {
  const shown = COMMANDS.filter(({ name }) => !group || name.split(' ')[0] === group);
  const left = shown.map((command) =>
    `skiff ${command.name} ${command.arguments.join(' ')}`.trim(),
  );
  const width = Math.max(...left.map((text) => text.length));
  const lines = shown.map(({ summary }, i) => `  ${(left[i] as string).padEnd(width)}  ${summary}`);
  return `${out.style('bold', HEAD)}\n\n${lines.join('\n')}\n\n${TAIL}\n`;
}

/** How one command is used, with examples. */
export function commandHelp(command: Command, out: Output): string {
  const usage = `skiff ${command.name} ${command.arguments.join(' ')}`.trim();
  const options = Object.entries(command.options ?? {}).map(
    ([name, { short, value, about }]) =>
      [`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`, about] as const,
  );
  const all = [...options, ['--json', 'the result as JSON'] as const];
  const width = Math.max(...all.map(([left]) => left.length));
  return `${[
    `${out.style('bold', usage)}\n\n  ${command.summary}.`,
    ...(command.details ? [indent(command.details)] : []),
    `${out.style('bold', 'Options')}\n${all.map(([left, about]) => `  ${left.padEnd(width)}  ${about}`).join('\n')}`,
    `${out.style('bold', command.examples.length > 1 ? 'Examples' : 'Example')}\n${indent(command.examples.join('\n'))}`,
  ].join('\n\n')}\n`;
}

const indent = (text: string): string => text.replaceAll(/^/gm, '  ');

/** What to say of words that are no command, with a guess at what was meant. */
export function unknownCommand(words: readonly string[]): string {
  const given = words.filter((word) => !word.startsWith('-')).slice(0, 2);
  const names = COMMANDS.map(({ name }) => name);
  const groups = [...new Set(names.map((name) => name.split(' ')[0] as string))];
  const guess = groups.includes(given[0] ?? '')
    ? nearest(given.join(' '), names)
    : nearest(given[0] ?? '', groups);
  const meant = guess ? `: did you mean "${guess}"?` : '';
  return `"${given.join(' ')}" is no command${meant} See skiff --help.`;
}
