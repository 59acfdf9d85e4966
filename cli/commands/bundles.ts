import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { Answer } from '#client';
import { argument, commands, limit, string, take } from '../arguments.ts';
import { type Invocation, Problem, UsageError } from '../command.ts';
import { facts, type Output, table, time } from '../output.ts';

const BUNDLES = '/api/v1/endpoints/{endpoint}/bundles';
const ONE = `${BUNDLES}/{revision}` as const;
type Bundle = Answer<`GET ${typeof ONE}`>;
type Listed = Omit<Bundle, 'url' | 'expiresAt'>;

const rollout = string('percent of the devices that are offered it', '<percent>');

export const bundles = commands([
  {
    name: 'bundles create',
    summary: 'Make a signed archive of what an endpoint serves now, to run on devices',
    arguments: ['<endpoint>'],
    options: { rollout: { ...rollout, about: `${rollout.about} (default: 100)` } },
    examples: ['skiff bundles create birds --rollout 10'],
    async run(invocation) {
      const percent = invocation.text('rollout');
      const made = await invocation.client().call(`POST ${BUNDLES}`, {
        params: { endpoint: argument(invocation, 0) },
        body: percent === undefined ? {} : { rollout: percentOf(percent) },
      });
      invocation.out.result(made, () => text(invocation.out, made));
    },
  },
  {
    name: 'bundles list',
    summary: 'Bundles of an endpoint, the newest revision first',
    arguments: ['<endpoint>'],
    options: { limit },
    examples: ['skiff bundles list birds'],
    async run(invocation) {
      const { out } = invocation;
      const params = { endpoint: argument(invocation, 0) };
      const list = await take(invocation, invocation.client().pages(`GET ${BUNDLES}`, { params }));
      out.result(list, () =>
        table(
          out,
          ['revision', 'rollout', 'bytes', 'variants', 'created'],
          list.map((b) => [
            ...[`${b.revision}`, `${b.rollout} %`, `${b.sizeBytes}`],
            ...[served(b), time(b.createdAt)],
          ]),
        ),
      );
    },
  },
  {
    name: 'bundles show',
    summary: 'What is in a bundle, and how many devices are offered it',
    arguments: ['<endpoint>', '<revision>'],
    examples: ['skiff bundles show birds 3'],
    async run(invocation) {
      const found = await read(invocation);
      invocation.out.result(found, () => text(invocation.out, found));
    },
  },
  {
    name: 'bundles rollout',
    summary: 'Offer a bundle to more of the devices, or to fewer, who then go back',
    arguments: ['<endpoint>', '<revision>', '<percent>'],
    examples: ['skiff bundles rollout birds 3 50'],
    async run(invocation) {
      const params = { endpoint: argument(invocation, 0), revision: revisionOf(invocation) };
      const body = { rollout: percentOf(argument(invocation, 2)) };
      const changed = await invocation.client().call(`PATCH ${ONE}`, { params, body });
      invocation.out.result(changed, () => text(invocation.out, changed));
    },
  },
  {
    name: 'bundles download',
    summary: 'Fetch the archive of a bundle, and hold it against its digest',
    arguments: ['<endpoint>', '<revision>'],
    options: { out: string('where to (default: <endpoint>-<revision>.tar)', '<file>') },
    examples: ['skiff bundles download birds 3 --out birds.tar'],
    async run(invocation) {
      const { url, endpoint, revision, sha256 } = await read(invocation);
      const file = invocation.text('out') ?? `${endpoint}-${revision}.tar`;
      const answer = await fetch(url, { signal: invocation.signal });
      if (!answer.ok) throw new Problem(`the archive could not be fetched: ${answer.status}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new Problem('the archive is not the one that was made: its digest is another');
      }
      await writeFile(file, bytes);
      invocation.out.result({ file, sha256 }, () => `${file}: ${bytes.length} bytes`);
    },
  },
  {
    name: 'bundles key',
    summary: 'The public key that bundles are signed with',
    arguments: [],
    examples: ['skiff bundles key > key.pem'],
    async run(invocation) {
      const key = await invocation.client().call('GET /api/v1/bundle-key');
      invocation.out.result(key, () => key.publicKey);
    },
  },
]);

const read = (invocation: Invocation): Promise<Bundle> =>
  invocation.client().call(`GET ${ONE}`, {
    params: { endpoint: argument(invocation, 0), revision: revisionOf(invocation) },
  });

function revisionOf(invocation: Invocation): number {
  const revision = argument(invocation, 1);
  if (/^\d{1,9}$/.test(revision)) return Number(revision);
  throw new UsageError(`"${revision}" is no revision: a number, as bundles list shows it`);
}

function percentOf(value: string): number {
  const percent = Number(value);
  if (value.trim() !== '' && percent >= 0 && percent <= 100) return percent;
  throw new UsageError(`"${value}" is no percentage from 0 to 100`);
}

const served = ({ variants }: Listed): string =>
  variants.map(({ model, version, weight }) => `${model} ${version} (${weight} %)`).join(', ');

const text = (out: Output, b: Listed): string =>
  facts(out, [
    ['endpoint', b.endpoint],
    ['revision', `${b.revision}`],
    ['rollout', `${b.rollout} % of the devices`],
    ['variants', served(b)],
    ['size', `${b.sizeBytes} bytes`],
    ['sha256', b.sha256],
    ['signed with', b.keyId],
    ['created', `${time(b.createdAt)} by ${b.createdBy}`],
  ]);
