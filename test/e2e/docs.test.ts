import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stack } from '../helpers/stack.ts';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'skiff-docs-'));
symlinkSync(join(root, 'examples'), join(folder, 'examples'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The commands that a page shows, block by block, from one of its headings on. */
function blocksOf(page: string, heading = ''): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const start = text.indexOf(heading);
  const end = heading ? text.indexOf('\n## ', start + heading.length) : undefined;
  const blocks = text.slice(start, end).matchAll(/^```sh\n(.*?)^```/gms);
  return [...blocks].map(([, commands = '']) => commands);
}

const commandsOf = (page: string): string => blocksOf(page).join('\n');

/** Ends where an answer of the API is an error. */
const PRELUDE = `set -eu
curl() { command curl -S --fail-with-body "$@"; }
npx() { shift; node ${join(root, 'cli/skiff.js')} "$@"; }
`;
/** By curl; what follows is the same by the command line, which has tests of its own. */
const [FIRST_DAY] = blocksOf('README.md', "## A model's first day");

/** Pastes the commands of a page after those of the first day; answers what they printed. */
const follow = (model: string, commands: string): Promise<string> =>
  // Under another name, so that each page starts from it.
  paste(`${FIRST_DAY}\n${commands}`.replaceAll('biopsies', model));

/** Pastes commands into a shell, as one who has just read them; answers what they printed. */
async function paste(commands: string): Promise<string> {
  const { apiUrl, token } = stack();
  const env = {
    // Node of the page's reader: this one.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    SKIFF_URL: apiUrl,
    SKIFF_TOKEN: token,
  };
  const { stdout } = await promisify(execFile)('bash', ['-c', `${PRELUDE}${commands}`], {
    cwd: folder,
    env,
    maxBuffer: 2 ** 26,
  });
  return stdout;
}

describe('a reader who pastes the commands of', () => {
  it('the README’s first day has predictions of an approved version', async () => {
    const printed = await follow('biopsies', '');
    expect(printed).toContain('"status":"approved"');
    expect(printed).toContain('{"model_name":"biopsies","model_version":"1","outputs":');
  });

  it('the guide, and those of datasets, model cards and the edge, has what they say', async () => {
    const pages = ['docs/guide.md', 'docs/datasets.md', 'docs/model-cards.md', 'docs/edge.md'];
    // Captures go on from the guide, their shadows from a version that the reader has yet to make.
    const [captures] = blocksOf('docs/capture.md');
    const commands = [...pages.map((page) => commandsOf(page)), captures].join('\n');
    const printed = await follow('guided', commands);
    expect(printed).toContain('"capture":{"share":0.1,');
    expect(printed).toContain('"label":"Adelie"');
    expect(printed).toContain('"alias":"champion","model":"birds","version":1');
    expect(printed).toContain('"name":"pay"');
    expect(printed).toContain('"algorithm":"Ed25519"');
    expect(readFileSync(join(folder, 'bundle-key.pem'), 'utf8')).toContain('BEGIN PUBLIC KEY');
    expect(readFileSync(join(folder, 'card.html'), 'utf8')).toContain('<!doctype html>');
  });

  it('endpoints has its traffic split and rolled back', async () => {
    const printed = await follow('split', commandsOf('docs/endpoints.md'));
    expect(printed).toMatch(/x-skiff-variant: \w+/);
    expect(printed).toContain('"restoredFrom":2,"rolledBackFrom":3');
  });

  it('rollouts has one paused, resumed and aborted, and a guard', async () => {
    const printed = await follow('rolled', commandsOf('docs/rollouts.md'));
    for (const status of ['running', 'paused', 'aborted']) {
      expect(printed).toContain(`"status":"${status}"`);
    }
    expect(printed).toContain('"events":["DriftDetected","PerformanceDegraded","BudgetExceeded"]');
  });

  it('experiments has feedback taken, and one stopped with a promotion', async () => {
    const [split = ''] = blocksOf('docs/endpoints.md');
    const printed = await follow('compared', split + commandsOf('docs/experiments.md'));
    expect(printed).toContain('"accepted":2');
    expect(printed).toMatch(/"code":"stopped".*it won/);
  });

  it('access, batch and monitoring has a token, a log that is intact, a job and a monitor', async () => {
    // The first token is made with the credentials of an account: e2e/tokens.test.ts.
    const access = commandsOf('docs/access.md').replace(/^npm run .*$/m, '');
    const [, job = ''] = blocksOf('docs/batch.md');
    // Those pages name endpoints that stand for one of the reader's.
    const theirs = `${job}${commandsOf('docs/monitoring.md')}`.replace(
      /valuations|wages/g,
      'biopsies',
    );
    const printed = await follow('kept', access + theirs);
    expect(printed).toMatch(/"token":"skiff_/);
    expect(printed).toMatch(/"status":"(intact|unfinished)"/);
    expect(printed).toMatch(/"endpoint":"kept".*"status":"queued"/);
    expect(printed).toMatch(/"endpoint":"kept".*"raised":\[\]/);
  });

  it('the command line has rows of their own scored', async () => {
    const example = join(root, 'examples/breast-cancer');
    const { version } = JSON.parse(readFileSync(join(example, 'model.json'), 'utf8'));
    writeFileSync(join(folder, 'version.json'), JSON.stringify(version));
    for (const name of ['validation.csv', 'model.onnx']) {
      symlinkSync(join(example, name), join(folder, name));
    }
    // Of patients nobody knows the diagnosis, which is the last column.
    const sample = readFileSync(join(example, 'sample.csv'), 'utf8');
    writeFileSync(join(folder, 'patients.csv'), sample.replace(/,[^,\n]*$/gm, ''));
    const day = blocksOf('docs/cli.md', '## A first day').join('\n');
    const printed = await paste(day.replaceAll('biopsies', 'typed'));
    expect(printed).toContain('version 1 is approved');
    expect(printed).toContain('typed serves typed@1: revision 1');
    expect(readFileSync(join(folder, 'scored.csv'), 'utf8')).toMatch(/,label,.*predictionId\n/);
  });

  it('validation has an approval of their own', async () => {
    const printed = await follow('examined', commandsOf('docs/validation.md'));
    expect(printed).toContain('"status":"cancelled"');
    expect(printed).toContain('"status":"awaiting-approval"');
    expect(printed).toContain('"decision":"approve"');
  });
});
