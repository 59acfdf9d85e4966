import { type Api, request, upload } from '../api-client.ts';
import { type Candidate, readCandidates, readHostile } from '../examples.ts';
import { type Verdict, verdictOf } from '../verdict.ts';
import { pathOf, registerVersion } from './first-day.ts';
import { dot, step } from './print.ts';

/** What a careful team would not let through, and in which words Skiff does not either. */
export async function showCandidates(api: Api, example: string, model: string): Promise<void> {
  console.log(`\n${example}: candidates that must not replace the champion`);
  for (const candidate of readCandidates(example)) {
    await step(candidate.name, async () => {
      const { version } = await registerVersion(api, model, candidate);
      return rejected(await verdictOf(api, model, version, { onProgress: dot }), version);
    });
  }
  for (const hostile of readHostile(example)) {
    await step(hostile.name, () => refused(api, model, hostile));
  }
}

function rejected(verdict: Verdict, version: number): string {
  if (verdict.status !== 'rejected') {
    throw new Error(`version ${version} is ${verdict.status}, it should have been rejected`);
  }
  const failed = (verdict.gates ?? []).filter((g) => g.blocks && g.outcome === 'failed');
  return [`version ${version} rejected`, ...failed.map(({ message }) => message)].join('\n      ');
}

/** Either the reader refuses the file, or the load in a process of its own shows what it does. */
async function refused(
  api: Api,
  model: string,
  { artifact }: Pick<Candidate, 'artifact'>,
): Promise<string> {
  const body = { artifact: { uploadId: await upload(api, artifact) } };
  const answer = await request<{ version: number; detail?: string }>(
    api,
    'POST',
    `${pathOf(model)}/versions`,
    { body },
  );
  if (answer.status >= 400) return `refused at registration\n      ${answer.body.detail}`;
  const { version } = answer.body;
  return rejected(await verdictOf(api, model, version, { onProgress: dot }), version);
}
