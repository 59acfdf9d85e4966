import { randomUUID } from 'node:crypto';
import { AppError } from '#core/errors.ts';
import { transact } from '#shared/dynamo.ts';
import { type By, changeWrite } from './audit.ts';
import { checkTags } from './checks.ts';
import { firstEntries, runEntry } from './entries.ts';
import { deleteEntries, putEntries } from './entry-store.ts';
import { readActiveExperiment, readExperiment } from './experiments.ts';
import { editRun } from './log.ts';
import { NAME_TAG, type Run, type RunInfo, type RunStatus, type Space } from './records.ts';
import { randomName } from './run-names.ts';
import { headWrite, putRun, readRun, revisionOf, type StoredRun } from './run-store.ts';
import { headOf, removeValue } from './sheets.ts';
import { untilUnchanged } from './store.ts';

interface NewRun {
  readonly experimentId: string;
  readonly userId: string;
  readonly name: string;
  readonly startTime: number;
  readonly tags: ReadonlyMap<string, string>;
}

/** Not deduplicated: two runs of one millisecond may be alike in all that a client says of them. */
export async function createRun(space: Space, wanted: NewRun): Promise<Run> {
  const experiment = await readActiveExperiment(space, wanted.experimentId);
  const tagged = wanted.tags.get(NAME_TAG);
  if (wanted.name && tagged && wanted.name !== tagged) {
    throw new AppError(
      'invalid',
      `Both 'run_name' argument and '${NAME_TAG}' tag are specified, but with different values (run_name='${wanted.name}', ${NAME_TAG}='${tagged}').`,
    );
  }
  const id = randomUUID().replaceAll('-', '');
  const name = wanted.name || tagged || randomName();
  const tags = checkTags(new Map([...wanted.tags, [NAME_TAG, name]]));
  const info: RunInfo = {
    ...{ id, name, experimentId: experiment.id, userId: wanted.userId, status: 'RUNNING' },
    ...{ startTime: wanted.startTime || Date.now(), lifecycle: 'active' },
    artifactUri: `${experiment.artifactLocation.replace(/\/$/, '')}/${id}/artifacts`,
  };
  await putEntries(firstEntries(space, { info, tags }), 1);
  await putRun(space, info, tags);
  const nothing = { datasets: [], modelInputs: [], modelOutputs: [] };
  return { info, tags, params: new Map(), metrics: new Map(), ...nothing };
}

/** As its experiment has it: with a deleted experiment all of its runs are deleted. */
export async function getRun(space: Space, id: string): Promise<Run> {
  const run = await readRun(space, id);
  const { lifecycle } = await readExperiment(space, run.info.experimentId);
  return lifecycle === 'active' ? run : { ...run, info: { ...run.info, lifecycle } };
}

interface RunUpdate {
  readonly status?: RunStatus | undefined;
  readonly endTime?: number | undefined;
  readonly name?: string | undefined;
}

export async function updateRun(space: Space, id: string, update: RunUpdate): Promise<RunInfo> {
  const { status, endTime, name } = update;
  const tags = checkTags(new Map(name ? [[NAME_TAG, name]] : []));
  const after = await editRun(space, id, { tags }, (run) => {
    changeInfo(run, {
      ...(status && { status }),
      ...(endTime !== undefined && { endTime }),
    });
  });
  return headOf(after.sheets).info as RunInfo;
}

/** Deletes a run softly, or brings it back; said again it changes nothing. */
export async function moveRun(
  space: Space,
  id: string,
  to: RunInfo['lifecycle'],
  by: By,
): Promise<void> {
  await untilUnchanged(async () => {
    const run = await readRun(space, id);
    if (run.info.lifecycle === to) return true;
    changeInfo(run, { lifecycle: to });
    const change = to === 'deleted' ? 'deleted' : 'restored';
    const { experimentId: experiment } = run.info;
    const audit = changeWrite({ space, experiment, run: id, change }, by);
    return (await transact([headWrite(space, run), audit])) === undefined || undefined;
  });
}

/** @throws AppError `not-found` */
export async function deleteRunTag(space: Space, id: string, key: string): Promise<void> {
  const before = await editRun(space, id, {}, (run) => {
    if (removeValue(run.sheets, 'tags', key)) return;
    throw new AppError('not-found', `No tag with name: ${key} in run with id ${id}`);
  });
  const value = before.tags.get(key) as string;
  const entry = runEntry(space, before.info, { kind: 'tag', key }, value);
  await deleteEntries([entry], revisionOf(before) + 1);
}

function changeInfo({ sheets }: StoredRun, change: Partial<RunInfo>): void {
  const head = headOf(sheets);
  head.info = { ...(head.info as RunInfo), ...change };
  head.changed = true;
}
