import { nameIn } from '#core/mlflow/names.ts';
import { isAbandoned, type Model, type VersionHead } from '#slices/registry';
import { type Space, withHost } from '#slices/tracking';

/* What is registered, in the JSON of MLflow's protocol buffers. */

export interface AliasOf {
  readonly alias: string;
  readonly version: number;
}

const pairs = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

export const writeModel = (
  space: Space,
  model: Model,
  latest: readonly VersionHead[],
  aliases: readonly AliasOf[],
) => ({
  name: nameIn(space, model.name),
  creation_timestamp: Date.parse(model.createdAt),
  last_updated_timestamp: Date.parse(model.updatedAt),
  ...{ user_id: model.owner, tags: pairs(model.tags) },
  ...(model.description !== '' && { description: model.description }),
  latest_versions: latest.map((head) => writeVersion(space, head, aliases)),
  aliases: aliases.map(({ alias, version }) => ({ alias, version: String(version) })),
});

export const writeVersion = (space: Space, head: VersionHead, aliases: readonly AliasOf[]) => {
  const { mlflow } = head;
  const given = {
    ...{ run_id: mlflow?.runId ?? head.lineage.run?.id, run_link: mlflow?.runLink },
    ...{ model_id: mlflow?.modelId, description: head.description },
  };
  return {
    ...{ name: nameIn(space, head.model), version: String(head.version) },
    creation_timestamp: Date.parse(head.createdAt),
    last_updated_timestamp: Date.parse(head.updatedAt),
    ...{ user_id: head.createdBy, current_stage: stageOf(head), ...given },
    ...{ source: sourceOf(space, head), status: statusOf(head), status_message: wordsOf(head) },
    tags: pairs(head.tags),
    aliases: aliases.filter(({ version }) => version === head.version).map(({ alias }) => alias),
  };
};

/** What is archived here is so for MLflow's clients; otherwise the stage is theirs alone. */
export const stageOf = ({ status, mlflow }: VersionHead): string =>
  status === 'archived' ? 'Archived' : (mlflow?.stage ?? 'None');

/** Where its clients find the files of what they did not register themselves. */
export const sourceOf = (space: Space, { mlflow, model, version }: VersionHead): string =>
  withHost(mlflow?.source ?? `models:/${nameIn(space, model)}/${version}`);

function statusOf(head: VersionHead): string {
  if (head.status === 'failed' || (head.status === 'pending' && isAbandoned(head))) {
    return 'FAILED_REGISTRATION';
  }
  return head.status === 'pending' ? 'PENDING_REGISTRATION' : 'READY';
}

const SERVED: Partial<Record<VersionHead['status'], string>> = {
  registered: 'registered: its examination is to come, or did not end',
  validating: 'is being examined',
  approved: 'approved: endpoints may serve it',
  rejected: 'rejected: its newest validation says why',
  archived: 'archived: it is not served any more',
};

/** What becomes of it, and what was left out of it. */
const wordsOf = ({ why, status, mlflow }: VersionHead): string =>
  [why ?? SERVED[status] ?? status, ...(mlflow?.notes ?? [])].join('; ');
