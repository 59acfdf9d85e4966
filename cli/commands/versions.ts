import { basename } from 'node:path';
import { type Client, type Input, uploadFile, waitForVerdict, waitForVersion } from '#client';
import {
  argument,
  commands,
  flag,
  limit,
  readJson,
  string,
  tagsOf,
  take,
  versionNumber,
} from '../arguments.ts';
import { type Invocation, Problem } from '../command.ts';
import { facts, size, status, table, time } from '../output.ts';
import { uploadProgress, verdictProgress } from '../progress.ts';
import { verdictText } from '../verdict.ts';

const VERSIONS = 'POST /api/v1/models/{model}/versions';
type NewVersion = Input<typeof VERSIONS>['body'];

export const versions = commands([
  {
    name: 'versions list',
    summary: 'Versions of a model, newest first',
    arguments: ['<model>'],
    options: { limit },
    examples: ['skiff versions list biopsies'],
    async run(invocation) {
      const { out } = invocation;
      const params = { model: argument(invocation, 0) };
      const pages = invocation.client().pages('GET /api/v1/models/{model}/versions', { params });
      const list = await take(invocation, pages);
      out.result(list, () =>
        table(
          out,
          ['version', 'status', 'size', 'registered', 'by', 'description'],
          list.map((v) => [
            `${v.version}`,
            status(out, v.status),
            size(v.artifact.sizeBytes),
            time(v.createdAt),
            v.createdBy,
            v.description.slice(0, 50),
          ]),
        ),
      );
    },
  },
  {
    name: 'versions show',
    summary: 'One version: status, signature, lineage',
    arguments: ['<model>', '<version>'],
    examples: ['skiff versions show biopsies 1'],
    async run(invocation) {
      const { out } = invocation;
      const params = {
        model: argument(invocation, 0),
        version: versionNumber(argument(invocation, 1)),
      };
      const v = await invocation
        .client()
        .call('GET /api/v1/models/{model}/versions/{version}', { params });
      const tensor = (t: { name: string; datatype: string; shape: readonly unknown[] }) =>
        `${t.name} ${t.datatype}[${t.shape.join(', ')}]`;
      out.result(v, () =>
        facts(out, [
          ['version', `${v.model} ${v.version}`],
          ['status', status(out, v.status)],
          ['description', v.description],
          ['inputs', v.signature.inputs.map(tensor).join(', ')],
          ['outputs', v.signature.outputs.map(tensor).join(', ')],
          ['columns', v.signature.features?.map(({ name }) => name).join(', ')],
          ['classes', v.signature.classes?.join(', ')],
          ['artifact', `${size(v.artifact.sizeBytes)}, sha256 ${v.artifact.sha256}`],
          ['changed', v.artifact.changes.join('; ')],
          ['code', v.lineage.code?.version],
          ['registered', `${time(v.createdAt)} by ${v.createdBy}`],
        ]),
      );
    },
  },
  {
    name: 'versions register',
    summary: 'Upload an ONNX file as a new version',
    arguments: ['<model>', '<file>'],
    options: {
      wait: flag('wait for the verdict; exit code 1 where it is not approved', { short: 'w' }),
      about: string('JSON file with signature, lineage, metrics … as the API takes them', '<file>'),
      data: string('companion file with the weights; may be given several times', '<file>', {
        multiple: true,
      }),
      description: string('what is new', '<text>', { short: 'd' }),
      tag: string('may be given several times', '<key=value>', { multiple: true }),
    },
    examples: [
      'skiff versions register biopsies model.onnx --wait',
      'skiff versions register digits model.onnx --data model.onnx.data --about version.json',
    ],
    async run(invocation) {
      const client = invocation.client();
      const model = argument(invocation, 0);
      const version = await register(client, model, invocation);
      const { out, signal } = invocation;
      if (!invocation.flag('wait')) {
        out.result({ model, version }, () => `${model} version ${version} is registered`);
        return;
      }
      const verdict = await waitForVerdict(
        client,
        { model, version },
        { signal, onProgress: verdictProgress(out, process.stderr.isTTY === true) },
      );
      out.result(verdict, () => verdictText(out, verdict));
      if (verdict.status !== 'approved')
        throw new Problem(`version ${version} is ${verdict.status}`);
    },
  },
  {
    name: 'upload',
    summary: 'Upload a file and get the id to register it with',
    arguments: ['<file>'],
    examples: ['skiff upload model.onnx', 'id=$(skiff upload big.csv)'],
    async run(invocation) {
      const file = argument(invocation, 0);
      const done = await send(invocation.client(), file, invocation);
      invocation.out.result(done, () => done.uploadId);
    },
  },
]);

/** @throws what the file system says of the file */
export const send = (client: Client, file: string, { out, signal }: Invocation) =>
  uploadFile(client, file, { signal, onProgress: uploadProgress(out, basename(file)) });

async function register(client: Client, model: string, invocation: Invocation): Promise<number> {
  const { out, signal } = invocation;
  const aboutFile = invocation.text('about');
  const about = aboutFile ? await readJson<Partial<NewVersion>>(aboutFile) : {};
  const description = invocation.text('description');
  const tags = tagsOf(invocation.texts('tag'));
  const externalData: NonNullable<NewVersion['externalData']> = [];
  for (const file of invocation.texts('data')) {
    const { uploadId } = await send(client, file, invocation);
    externalData.push({ location: basename(file), source: { uploadId } });
  }
  const { uploadId } = await send(client, argument(invocation, 1), invocation);
  out.progress('registering');
  const answer = await client.call(VERSIONS, {
    params: { model },
    body: {
      ...about,
      artifact: { uploadId },
      ...(externalData.length > 0 && { externalData }),
      ...(description !== undefined && { description }),
      ...(Object.keys(tags).length > 0 && { tags }),
    },
    signal,
  });
  if ('artifact' in answer) return answer.version;
  return waitForVersion(client, answer.id, {
    signal,
    onProgress: () => out.progress('registering: a large file takes some seconds'),
  });
}
