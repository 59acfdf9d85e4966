import type { Write } from '#shared/dynamo.ts';
import { auditWrite } from '#slices/governance';
import type { Space } from './records.ts';

/** Who changes something, in which request. */
export interface By {
  readonly actor: string;
  readonly requestId: string;
}

interface Change {
  readonly space: Space;
  readonly experiment: string;
  /** Absent where it is the experiment itself. */
  readonly run?: string;
  readonly change: 'created' | 'renamed' | 'deleted' | 'restored';
  /** Of the experiment. */
  readonly name?: string;
}

/**
 * The record of what becomes of experiments and runs. What is logged to a run is not recorded: it is
 * data, and only ever added to.
 */
export function changeWrite({ space, experiment, run, change, name }: Change, by: By): Write {
  const kind = run === undefined ? 'experiment' : 'run';
  const detail = { workspace: space, experiment, ...(run !== undefined && { run }), change };
  return auditWrite({
    ...{ actor: by.actor, requestId: by.requestId, action: `${kind}.${VERBS[change]}` },
    resource: `${kind}/${run ?? experiment}`,
    after: { ...detail, ...(name !== undefined && { name }) },
    event: { name: 'TrackingChanged', detail },
    at: new Date(),
  });
}

const VERBS = {
  ...{ created: 'create', renamed: 'rename', deleted: 'delete', restored: 'restore' },
} as const;
