import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util';
import { ApiError, createClient, NetworkError, WaitTimeout } from '#client';
import { type Command, type Invocation, Problem, UsageError } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { findCredentials } from './credentials.ts';
import { commandHelp, overview, unknownCommand } from './help.ts';
import { Output } from './output.ts';

const OK = 0;
const FAILED = 1;
const USAGE = 2;
/** As shells say of a process that Ctrl-C ended. */
const INTERRUPTED = 130;

const COMMON = {
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs one command line; answers the exit code: 0 done, 1 failed, 2 not understood. */
export async function main(argv: readonly string[]): Promise<number> {
  const wantsJson = argv.includes('--json');
  const out = new Output(process, wantsJson);
  const abort = new AbortController();
  process.once('SIGINT', () => abort.abort());
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(OK);
    throw error;
  });
  try {
    return await dispatch(argv, out, abort.signal);
  } catch (error) {
    return report(error, out, abort.signal);
  } finally {
    out.clear();
  }
}

async function dispatch(argv: readonly string[], out: Output, signal: AbortSignal) {
  const [first] = argv;
  if (first === undefined || first === 'help' || first === '--help' || first === '-h') {
    const about = first === 'help' ? argv.slice(1) : [];
    process.stdout.write(about.length > 0 ? helpOn(about, out) : overview(out));
    return first === undefined ? USAGE : OK;
  }
  const command = find(argv);
  if (!command) return unknown(argv, out);
  const rest = argv.slice(command.name.split(' ').length);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(commandHelp(command, out));
    return OK;
  }
  await command.run(understand(command, rest, out, signal));
  return OK;
}

/** The command with the longest name that the words begin with. */
const find = (words: readonly string[]): Command | undefined =>
  COMMANDS.filter(({ name }) => name.split(' ').every((word, i) => words[i] === word)).sort(
    (a, b) => b.name.length - a.name.length,
  )[0];

function unknown(argv: readonly string[], out: Output): number {
  const group = COMMANDS.some(({ name }) => name.startsWith(`${argv[0]} `));
  const asksForHelp = argv.length === 1 || argv.includes('--help') || argv.includes('-h');
  if (group && asksForHelp) {
    process.stdout.write(overview(out, argv[0]));
    return argv.length === 1 ? USAGE : OK;
  }
  out.error(unknownCommand(argv));
  return USAGE;
}

function helpOn(words: readonly string[], out: Output): string {
  const command = find(words);
  if (command) return commandHelp(command, out);
  if (COMMANDS.some(({ name }) => name.startsWith(`${words[0]} `))) return overview(out, words[0]);
  throw new UsageError(unknownCommand(words));
}

function understand(
  command: Command,
  args: readonly string[],
  out: Output,
  signal: AbortSignal,
): Invocation {
  const { values, positionals } = parse(command, args);
  checkCount(command, positionals);
  const list = (name: string) => [values[name]].flat().filter((v) => v !== undefined);
  return {
    positionals,
    text: (name) => list(name)[0] as string | undefined,
    texts: (name) => list(name) as string[],
    flag: (name) => values[name] === true,
    out,
    signal,
    client: () => createClient(findCredentials()),
  };
}

function parse(command: Command, args: readonly string[]) {
  const options: Record<string, ParseArgsOptionDescriptor> = { ...COMMON, ...command.options };
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [message] = (error as Error).message.split('. ');
    throw new UsageError(`${message}: see skiff ${command.name} --help`);
  }
}

function checkCount(command: Command, positionals: readonly string[]): void {
  const required = command.arguments.filter((name) => name.startsWith('<'));
  const missing = required[positionals.length];
  const see = `see skiff ${command.name} --help`;
  if (missing) throw new UsageError(`${missing} is missing: ${see}`);
  const isOpen = command.arguments.some((name) => name.includes('...'));
  const surplus = positionals[command.arguments.length];
  if (surplus !== undefined && !isOpen)
    throw new UsageError(`"${surplus}" is one too many: ${see}`);
}

function report(error: unknown, out: Output, signal: AbortSignal): number {
  if (signal.aborted) return INTERRUPTED;
  if (error instanceof UsageError) {
    out.error(error.message);
    return USAGE;
  }
  if (error instanceof ApiError) {
    if (out.isJson) out.result(asJson(error), () => '');
    out.error(explain(error));
    return FAILED;
  }
  const expected =
    error instanceof Problem || error instanceof NetworkError || error instanceof WaitTimeout;
  const { message, stack } = error as Error;
  out.error(expected || isFileError(error) ? message : (stack ?? message));
  return FAILED;
}

const isFileError = (error: unknown): boolean =>
  /^E[A-Z]+$/.test(`${(error as { code?: string }).code}`);

const asJson = ({ status, type, detail, fields, requestId }: ApiError) => ({
  error: { status, type, detail, errors: fields, requestId },
});

/** Of what is wrong with a request; `--json` has all of it. */
const SHOWN_FIELDS = 5;

function explain({ status, detail, fields, requestId }: ApiError): string {
  if (status === 401) return 'the token is not accepted: run skiff login again';
  const shown = fields.length > 1 ? fields.slice(0, SHOWN_FIELDS) : [];
  const more = shown.map((f) => `\n    ${f.field}: ${f.message}`).join('');
  const quote = status >= 500 && requestId ? ` (request ${requestId})` : '';
  return `${detail}${quote}${more}`;
}
