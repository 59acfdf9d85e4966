import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DataInput, Facts } from '#core/reproduction/facts.ts';
import { missingOf } from '#core/reproduction/missing.ts';
import { scriptOf } from '#core/reproduction/script.ts';
import { quote } from '#core/reproduction/shell.ts';

/*
 * The scripts are run by bash, on a repository of git; `python`, `aws`, `mlflow` and `docker` are
 * programs that say how they were called, `aws` with a folder for S3.
 */
const folder = mkdtempSync(join(tmpdir(), 'skiff-reproduction-'));
const repository = join(folder, 'repository');
const calls = join(folder, 'calls');
let commit: string;

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const git = (...args: string[]) =>
  execFileSync('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], {
    encoding: 'utf8',
  }).trim();

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function program(name: string, text: string): void {
  write(join(folder, 'bin', name), `#!/usr/bin/env bash\n${text}`);
  chmodSync(join(folder, 'bin', name), 0o755);
}

const NOTE = `printf '%s|' "\${0##*/}" "$PWD" "$@" >> '${calls}'; echo >> '${calls}'\n`;

beforeAll(() => {
  program('python', `${NOTE}if [ "$1" = -c ]; then exec python3 "$@"; fi\n`);
  for (const name of ['docker', 'jupyter']) program(name, NOTE);
  program(
    'mlflow',
    `${NOTE}if [ "$1" = run ]; then echo "INFO: === Run (ID '0a1b') succeeded ===" >&2; fi\n`,
  );
  write(
    join(folder, 'modules/mlflow.py'),
    'class MlflowClient:\n    def set_tag(self, *words):\n        assert len(words) == 3\n',
  );
  program(
    'aws',
    `${NOTE}case "$1 $2" in
      's3 cp') [ "$3" = --only-show-errors ] && shift; cp '${folder}'/s3/"\${3#s3://}" "$4" ;;
      's3api get-object') cp '${folder}'/s3/"$4/$6?$8" "$9" ;;
      *) found=$(cd '${folder}'/s3/"$4" && find * -type f | LC_ALL=C sort |
           awk -v prefix="$6" 'index($0, prefix) == 1 { print; exit }')
         echo "\${found:-None}" ;;
    esac\n`,
  );
  execFileSync('git', ['init', '--quiet', repository]);
  write(join(repository, 'src/train.py'), 'print()\n');
  write(join(repository, 'a/twice.py'), '');
  write(join(repository, 'b/twice.py'), '');
  git('add', '.');
  git('commit', '--quiet', '-m', 'one');
  commit = git('rev-parse', 'HEAD');
  write(join(repository, 'src/train.py'), 'print("later")\n');
  git('commit', '--quiet', '-a', '-m', 'two');
});
afterAll(() => rmSync(folder, { recursive: true }));

const factsOf = (more: Partial<Facts> = {}): Facts => ({
  ...{ run: '0123456789abcdef', workspace: 'default', experiment: 'wages', name: 'keen-owl' },
  ...{ status: 'FINISHED', user: 'alice', startedAt: '2026-11-02T09:00:00.000Z' },
  source: { type: 'LOCAL', name: 'src/train.py' },
  git: { commit, repository },
  environment: {
    python: '3.11.2',
    files: [{ kind: 'requirements', path: 'requirements.txt', text: 'a==1\nb==2\n' }],
  },
  ...{ seeds: [], params: new Map([['seed', '7']]), data: [], systemMetrics: 0 },
  ...more,
});

const STUBS = { PYTHONPATH: join(folder, 'modules') };
let runs = 0;
/** Runs a script, in a folder of its own as a rule. */
function run(
  facts: Facts,
  env: Record<string, string> = {},
  work = join(folder, `work-${runs++}`),
) {
  writeFileSync(calls, '');
  const { status, stderr } = spawnSync('bash', ['-s', work], {
    input: scriptOf(facts, missingOf(facts)),
    encoding: 'utf8',
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      VIRTUAL_ENV: '/none',
      ...STUBS,
      ...env,
    },
  });
  const called = readFileSync(calls, 'utf8').trim().split('\n');
  return { status, stderr, work, called, last: called.at(-1)?.split('|').slice(0, -1) };
}
const inside = (work: string, path: string) => readFileSync(join(work, path), 'utf8');

describe('a script that runs a run again', () => {
  it('has its code, environment, params and command', () => {
    const { status, stderr, work, last, called } = run(factsOf());
    expect([status, stderr.includes('The run had')]).toEqual([0, false]);
    expect(inside(work, 'code/src/train.py')).toBe('print()\n');
    expect(inside(work, 'requirements.txt')).toBe('a==1\nb==2\n');
    expect(JSON.parse(inside(work, 'params.json'))).toEqual({ seed: '7' });
    expect(called.join('\n')).toContain('-m|pip|install|--quiet|--requirement|requirements.txt|');
    expect(last).toEqual(['python', join(work, 'code'), 'src/train.py']);
  });

  it.each([
    ['from the root of another machine', '/home/alice/wages/src/train.py', '', 'src/train.py'],
    ['from a folder within', 'train.py', '/src', 'train.py'],
    ['from beside it', '../src/train.py', '', 'src/train.py'],
  ])('finds the program as it was called: %s', (_, name, where, called) => {
    const { status, work, last } = run(factsOf({ source: { type: 'LOCAL', name } }));
    expect([status, last]).toEqual([0, ['python', `${work}/code${where}`, called]]);
  });

  it('runs the code of the commit, though the working copy is there too', () => {
    const name = join(folder, 'copy/src/train.py');
    write(name, 'print("changed since")\n');
    const expected = (work: string) => ['python', join(work, 'code'), 'src/train.py'];
    const bare = run(factsOf({ source: { type: 'LOCAL', name } }));
    expect([bare.status, bare.last]).toEqual([0, expected(bare.work)]);
    const command = `python ${name} --out='${name}.out'`;
    const whole = run(factsOf({ source: { type: 'LOCAL', name, command } }));
    expect(whole.last).toEqual([...expected(whole.work), `--out=${name}.out`]);
    const out = run(factsOf({ source: { type: 'LOCAL', name: `/x/../../copy/src/train.py` } }));
    expect(out.last).toEqual(expected(out.work));
  });

  it.each(['twice.py', 'nowhere.py', '/tmp/nowhere.py'])(
    'says that it does not find %s',
    (name) => {
      const { status, stderr } = run(factsOf({ source: { type: 'LOCAL', name } }));
      expect([status, stderr]).toEqual([2, expect.stringContaining('in the code')]);
    },
  );

  it('runs the whole command where that is known, and notebooks', () => {
    const command = `python src/train.py --name 'a b' --lr=.1`;
    const source = { type: 'LOCAL', name: 'src/train.py', command };
    const { last } = run(factsOf({ source }));
    expect(last?.slice(2)).toEqual(['src/train.py', '--name', 'a b', '--lr=.1']);
    const notebook = run(factsOf({ source: { name: 'src/train.ipynb' } }));
    expect(notebook.stderr).toContain('src/train.ipynb is in the code not once');
  });

  it('clones from where it is told to, and applies what no commit has', () => {
    const diff = execFileSync('git', ['-C', repository, 'diff', commit, 'HEAD'], {
      encoding: 'utf8',
    });
    const lost = factsOf({ git: { commit, repository: '/nowhere' }, diff });
    expect(run(lost).status).not.toBe(0);
    const { status, work } = run(lost, { SKIFF_REPOSITORY: repository });
    expect([status, inside(work, 'code/src/train.py')]).toEqual([0, 'print("later")\n']);
  });

  it('can be run twice in one folder, with files that no commit has', () => {
    const added = [
      ...['diff --git a/new.py b/new.py', 'new file mode 100644', '--- /dev/null', '+++ b/new.py'],
      ...['@@ -0,0 +1 @@', '+print(1)', ''],
    ].join('\n');
    const changed = execFileSync('git', ['-C', repository, 'diff', commit, 'HEAD'], {
      encoding: 'utf8',
    });
    const facts = factsOf({ diff: `${changed}${added}` });
    const { status, work } = run(facts);
    expect([status, run(facts, {}, work).status]).toEqual([0, 0]);
    expect(inside(work, 'code/src/train.py')).toBe('print("later")\n');
    expect(inside(work, 'code/new.py')).toBe('print(1)\n');
  });

  it('keeps no clone that has not the commit', () => {
    const other = join(folder, 'other');
    execFileSync('git', ['init', '--quiet', other]);
    const facts = factsOf({ git: { commit, repository: other } });
    const { status, work } = run(facts);
    expect(status).toBe(2);
    expect(run(facts, { SKIFF_REPOSITORY: repository }, work).status).toBe(0);
  });

  it('runs projects of MLflow, images, and a program that was logged as a file', () => {
    const source = { type: 'PROJECT', name: 'https://g.example/p#sub', entryPoint: 'main' };
    const project = run(factsOf({ source }));
    expect(project.called.at(-2)?.split('|').slice(2, -1)).toEqual([
      ...['run', '--version', commit, '--entry-point', 'main', '-P', 'seed=7'],
      ...['--', source.name],
    ]);
    const tagged = ['0a1b', 'skiff.reproductionOf', '0123456789abcdef'];
    expect([project.status, project.last?.slice(-3)]).toEqual([0, tagged]);
    const command = 'mlflow run https://g.example/p -P seed=8';
    expect(run(factsOf({ source: { ...source, command } })).last?.slice(-3)).toEqual(tagged);
    const local = factsOf({ source: { ...source, name: '/home/alice/p' } });
    expect(run(local).stderr).toContain('the address of the repository of this project');
    expect(run(local, { SKIFF_REPOSITORY: repository }).called.at(-2)).toContain(repository);
    const image = run(factsOf({ environment: { docker: 'trainer:1', files: [] } }));
    expect(image.last?.slice(-4)).toEqual(['trainer:1', 'sh', '-c', 'python "$program"']);
    expect(image.last).toContain('PYTHONHASHSEED');
    const logged = run(factsOf({ git: {}, programFile: 'src/train.py' }));
    expect(logged.called.join('\n')).toContain('artifacts|download|-r|0123456789abcdef|');
  });

  it('stops where nothing says what ran', () => {
    const { status, stderr } = run(factsOf({ source: {} }));
    expect([status, stderr]).toEqual([2, expect.stringContaining('not on record')]);
  });
});

describe('its data', () => {
  const CSV = 'a,b\n1,2\n';
  const put = (path: string, text: string) => write(join(folder, 's3', path), text);
  const input = (object: DataInput['object']): DataInput => ({
    name: 'd',
    ...(object && { object }),
  });
  const data = (...objects: NonNullable<DataInput['object']>[]) =>
    factsOf({ data: objects.map(input) });

  it('is fetched to where the program looks for it, and is what it was', () => {
    put(`store/files/md5/ab/c'd`, CSV);
    const uri = `s3://store/files/md5/ab/c'd`;
    const { status, stderr, work } = run(data({ uri, path: 'data/x y.csv', md5: md5(CSV) }));
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(inside(work, 'code/data/x y.csv')).toBe(CSV);
    const other = run(data({ uri, path: 'data/x.csv', md5: md5('other') }));
    expect([other.status, other.last?.[0]]).toEqual([1, 'aws']);
    expect(run(data({ uri: 's3://store/nothing', path: 'x' })).status).not.toBe(0);
  });

  it('is not fetched where the code has it', () => {
    const object = { uri: 's3://store/no', path: 'src/train.py', md5: md5('print()\n') };
    expect(run(data(object)).status).toBe(0);
  });

  it('is a version of an object', () => {
    put('store/plain/x.csv?v 1', CSV);
    const uri = 's3://store/plain/x.csv';
    const { status, work } = run(data({ uri, path: 'x.csv', versionId: 'v 1' }));
    expect([status, inside(work, 'code/x.csv')]).toEqual([0, CSV]);
  });

  it('is a folder, by the list that DVC keeps of it', () => {
    const files = ['one', 'two\n'];
    const list = JSON.stringify(files.map((f, i) => ({ md5: md5(f), relpath: `s/${i} a.txt` })));
    for (const text of [...files, list]) {
      const end = text === list ? '.dir' : '';
      put(`store/dvc/files/md5/${md5(text).slice(0, 2)}/${md5(text).slice(2)}${end}`, text);
    }
    const at = `${md5(list).slice(0, 2)}/${md5(list).slice(2)}.dir`;
    const uri = `s3://store/dvc/files/md5/${at}`;
    const { status, stderr, work } = run(
      data({ uri, path: 'images', md5: md5(list), isFolder: true }),
    );
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    expect(files.map((_, i) => inside(work, `code/images/s/${i} a.txt`))).toEqual(files);
  });

  it.each(['../../evil', '/evil', 's/..', 'a\nb'])('is no folder that names %j', (relpath) => {
    put(`store/dvc/files/md5/${md5(CSV).slice(0, 2)}/${md5(CSV).slice(2)}`, CSV);
    const list = JSON.stringify([{ md5: md5(CSV), relpath }]);
    const uri = `s3://store/dvc/files/md5/${md5(list).slice(0, 2)}/${md5(list).slice(2)}.dir`;
    put(uri.slice('s3://'.length), list);
    const { status, stderr, work } = run(
      data({ uri, path: 'images', md5: md5(list), isFolder: true }),
    );
    expect([status, stderr]).toEqual([1, expect.stringContaining('the list of the folder names')]);
    expect(() => inside(work, 'evil')).toThrow('ENOENT');
  });

  it('that the program reads by itself must be there', () => {
    put('store/direct.csv', CSV);
    put('store/tables-old/a.csv', CSV);
    for (const there of ['direct.csv', 'tables-old', 'tables-old/', '']) {
      expect([there, run(data({ uri: `s3://store/${there}` })).status]).toEqual([there, 0]);
    }
    expect(run(data({ uri: 's3://store' })).status).toBe(0);
    for (const gone of ['store/tables', 'store/direct', 'nowhere']) {
      expect([gone, run(data({ uri: `s3://${gone}` })).status]).toEqual([gone, 2]);
    }
    const { status, stderr } = run(data({ uri: 's3://store/gone.csv' }));
    expect([status, stderr]).toEqual([
      2,
      expect.stringContaining('nothing at s3://store/gone.csv'),
    ]);
  });
});

describe('names from outside', () => {
  it('are one word of bash, whatever they hold', () => {
    const text = fc.string({ unit: fc.constantFrom(...'\'"\\$`!*~ \n\t;&|(){}[]<>#ä-ab') });
    fc.assert(
      fc.property(fc.array(text, { minLength: 50, maxLength: 50 }), (words) => {
        const command = `printf '%s\\0' ${words.map(quote).join(' ')}`;
        const said = execFileSync('bash', ['-c', command], { encoding: 'utf8' });
        expect(said.split('\0').slice(0, -1)).toEqual(words);
      }),
      { numRuns: 10 },
    );
  });

  // Bash drops NUL as it reads a script.
  it.each(['END_OF_FILE', 'END_OF\0_FILE'])('run nothing, wherever they stand: %j', (end) => {
    const evil = `x'"\n$(touch ${folder}/evil)\`touch ${folder}/evil\`;}\n${end}\ntouch ${folder}/evil\n`;
    const facts = factsOf({
      ...{ run: '0123', experiment: evil, name: evil, status: evil, user: evil },
      source: { type: 'LOCAL', name: evil },
      git: { commit, repository: evil },
      ...{ diff: evil, params: new Map([[evil, evil]]) },
      seeds: [{ name: 'PYTHONHASHSEED', value: evil }],
      environment: {
        python: evil,
        files: [{ kind: 'requirements', path: evil, text: evil }],
      },
      data: [{ name: evil, object: { uri: evil, path: evil, md5: evil } }],
    });
    const versions = [
      facts,
      { ...facts, git: { commit } },
      { ...facts, git: {}, programFile: evil },
      { ...facts, source: { type: 'PROJECT', name: evil, entryPoint: evil } },
      { ...facts, environment: { docker: evil, files: [] } },
      { ...facts, data: [{ name: evil, object: { uri: evil, isFolder: true, path: evil } }] },
      { ...facts, data: [{ name: evil, object: { uri: evil } }] },
      { ...facts, data: [{ name: evil, unresolved: evil }], git: { commit, repository } },
    ];
    for (const version of versions) {
      run(version, { SKIFF_REPOSITORY: repository });
      const script = scriptOf(version, missingOf(version));
      expect(spawnSync('bash', ['-n'], { input: script }).status).toBe(0);
    }
    expect(() => readFileSync(`${folder}/evil`)).toThrow('ENOENT');
  });
});
