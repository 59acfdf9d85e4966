import { type Endpoint, getEndpoint, getRevision } from '#slices/deployments';
import { readTraffic } from '#slices/traffic';
import { type ArmTraffic, type Evidence, measure } from './judge.ts';
import { readOutcomes } from './outcomes.ts';
import type { Arm, Experiment } from './schema.ts';
import { endExperiment, saveState } from './store.ts';
import { countUnits } from './units.ts';
import { judge, standing } from './verdict.ts';

/** Who ends experiments that end by themselves. */
const ITSELF = { actor: 'experiments' };
/** Weights that are moved more often than this: the first so many revisions count. */
const MAX_REVISIONS = 50;

/** Looks at a running experiment, keeps what it says, and ends it where it is over. */
export async function evaluate(experiment: Experiment, now = new Date()): Promise<Experiment> {
  if (experiment.status === 'ended') return experiment;
  const { stretches, changed } = await stretchesOf(experiment);
  const evidence = await gather(experiment, stretches, now);
  const measured = measure(experiment, evidence);
  const verdict = judge(experiment, measured, { now, changed });
  const evaluatedAt = now.toISOString();
  const words = verdict?.words ?? standing(experiment, measured);
  const after: Experiment = { ...experiment, state: { ...measured, evaluatedAt, words } };
  if (!verdict) {
    await saveState(experiment, after);
    return after;
  }
  return endExperiment(
    experiment,
    { ...after, status: 'ended', verdict, endedAt: evaluatedAt, endedBy: ITSELF.actor },
    ITSELF,
  );
}

interface Stretches {
  /** Revisions since the start in which the arms were what they are, oldest first. */
  readonly stretches: readonly Endpoint[];
  /** Why the arms are no longer what is compared. */
  readonly changed?: string;
}

/** Weights may move meanwhile; another version behind an arm ends what can be compared. */
async function stretchesOf(experiment: Experiment): Promise<Stretches> {
  const { endpoint: name, startRevision, arms } = experiment;
  const endpoint = await getEndpoint(name).catch(() => undefined);
  const stretches: Endpoint[] = [];
  const last = Math.min(endpoint?.revision ?? startRevision, startRevision + MAX_REVISIONS);
  for (let revision = startRevision; revision <= last; revision++) {
    const found = await getRevision(name, revision);
    const wrong = found && arms.find((arm) => !holds(found, arm));
    if (wrong) {
      const changed = `revision ${revision} of the endpoint no longer has ${wrong.model} version ${wrong.version} as ${wrong.variant}: the arms are not those of the experiment any more`;
      return { stretches, changed };
    }
    if (found) stretches.push(found);
  }
  const changed = endpoint ? undefined : `endpoint "${name}" was deleted`;
  return { stretches, ...(changed && { changed }) };
}

const holds = ({ variants }: Endpoint, arm: Arm): boolean =>
  variants.some(
    ({ name, model, version }) =>
      name === arm.variant && model === arm.model && version === arm.version,
  );

async function gather(
  { endpoint: name, spec, arms, startedAt }: Experiment,
  revisions: readonly Endpoint[],
  now: Date,
): Promise<Evidence> {
  const span = { from: Date.parse(startedAt), to: now.getTime() };
  const sticky = revisions.filter(({ stickyUnit }) => stickyUnit.kind !== 'request');
  const captured = sticky.filter(({ capture }) => capture.share > 0);
  const units = await countUnits({
    ...{ endpoint: name, arms, ...span },
    revisions: new Set(captured.map(({ revision }) => revision)),
  });
  const stretches = [];
  for (const { revision, variants, stickyUnit } of revisions) {
    const weightOf = ({ variant }: Arm) =>
      variants.find((candidate) => candidate.name === variant)?.weight ?? 0;
    const traffic = await trafficOf(name, arms, { ...span, revision });
    const requests = traffic.map((one) => one.requests);
    stretches.push({
      ...{ revision, weights: arms.map(weightOf), traffic },
      assigned: stickyUnit.kind === 'request' ? requests : units.get(revision),
    });
  }
  const outcomes = await readOutcomes({
    ...{ endpoint: name, kind: spec.metric.kind, arms, ...span },
    revisions: new Set(revisions.map(({ revision }) => revision)),
  });
  return { outcomes, stretches, unit: sticky.length > 0 ? 'units' : 'requests' };
}

async function trafficOf(
  endpoint: string,
  arms: readonly Arm[],
  { from, to, revision }: { from: number; to: number; revision: number },
): Promise<ArmTraffic[]> {
  // Summaries are by the minute; that of `to` is not over.
  const { variants } = await readTraffic(endpoint, { from, to: to + 60_000, revision });
  return arms.map(({ variant, version }) => {
    const found = variants.find((v) => !v.shadow && v.variant === variant && v.version === version);
    const { requests = 0, serverErrors = 0, latency = NO_LATENCY } = found?.summary ?? {};
    return { requests, serverErrors, latency };
  });
}

const NO_LATENCY = { count: 0, levels: [[]], keepsOdd: [false] };
