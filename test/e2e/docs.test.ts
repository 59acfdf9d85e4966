import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
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
const PRELUDE = 'set -eu\ncurl() { command curl -S --fail-with-body "$@"; }\n';
/** By curl; what follows is the same by the command line, which has tests of its own. */
const [FIRST_DAY] = blocksOf('README.md', "## A model's first day");

/** Pastes the commands of a page into a shell, as one who has just read it; answers what it printed. */
async function follow(model: string, commands: string): Promise<string> {
  const { apiUrl, token } = stack();
  const env = {
    // Node of the page's reader: this one.
    PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
    SKIFF_URL: apiUrl,
    SKIFF_TOKEN: token,
  };
  // The same first day under another name, so that each page starts from it.
  const script = `${PRELUDE}${FIRST_DAY}\n${commands}`.replaceAll('biopsies', model);
  const { stdout } = await promisify(execFile)('bash', ['-c', script], {
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
    const printed = await follow('guided', pages.map((page) => commandsOf(page)).join('\n'));
    expect(printed).toContain('"label":"Adelie"');
    expect(printed).toContain('"alias":"champion","model":"birds","version":1');
    expect(printed).toContain('"name":"pay"');
    expect(printed).toContain('"algorithm":"Ed25519"');
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

  it('validation has an approval of their own', async () => {
    const printed = await follow('examined', commandsOf('docs/validation.md'));
    expect(printed).toContain('"status":"cancelled"');
    expect(printed).toContain('"status":"awaiting-approval"');
    expect(printed).toContain('"decision":"approve"');
  });
});
