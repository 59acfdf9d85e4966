import { ulid } from 'ulid';
import { AppError, invalidField } from '#core/errors.ts';
import { changeVariants, type Endpoint, getEndpoint } from '#slices/deployments';
import type { By } from '#slices/registry';
import { evaluate } from './evaluate.ts';
import { labelOutput } from './outcomes.ts';
import { planOf } from './plan.ts';
import type { Arm, Experiment, NewExperiment, StopExperiment } from './schema.ts';
import { endExperiment, readExperiment, startExperiment } from './store.ts';

const DAY_MS = 86_400_000;
/** An evaluation reads feedback and captures: those who look more often see the last one. */
const EVALUATED_AGAIN_AFTER_MS = 5_000;

/** Plans an experiment on what the endpoint serves now, and starts it. */
export async function createExperiment(
  name: string,
  spec: NewExperiment,
  by: By,
  now = new Date(),
): Promise<Experiment> {
  const endpoint = await getEndpoint(name);
  if (endpoint.strategy.kind === 'bandit') {
    throw new AppError('conflict', `"${name}" is a bandit, which moves the weights by itself`);
  }
  const arms = armsOf(endpoint, spec);
  if (spec.metric.kind === 'label-match') await checkLabels(endpoint, arms);
  const experiment: Experiment = {
    ...{ id: ulid(now.getTime()), endpoint: name, revision: 1, status: 'running' },
    ...{ spec, arms, plan: planOf(spec) },
    ...{ startedAt: now.toISOString(), startedBy: by.actor, startRevision: endpoint.revision },
    endsBy: new Date(now.getTime() + spec.maxDays * DAY_MS).toISOString(),
  };
  await startExperiment(experiment, by);
  return experiment;
}

function armsOf({ name, variants }: Endpoint, { control, treatments }: NewExperiment): Arm[] {
  return [control, ...treatments].map((wanted, i) => {
    const field = i === 0 ? 'control' : `treatments[${i - 1}]`;
    const found = variants.find((variant) => variant.name === wanted);
    const names = variants.map((variant) => variant.name).join(', ');
    if (!found) throw invalidField(field, `"${name}" has only ${names}`);
    if (found.weight === 0) throw invalidField(field, `"${wanted}" gets no traffic`);
    return { variant: found.name, model: found.model, version: found.version };
  });
}

/** @throws AppError `unprocessable` where predictions are not captured or say no label */
async function checkLabels({ capture }: Endpoint, arms: readonly Arm[]): Promise<void> {
  if (capture.share === 0) {
    throw new AppError(
      'unprocessable',
      'metric: label-match compares captured predictions: set capture.share of the endpoint',
    );
  }
  for (const { variant, model, version } of arms) {
    const { output } = await labelOutput(model, version);
    const hidden = output && [...capture.drop, ...capture.mask].includes(output);
    if (output !== undefined && !hidden) continue;
    throw new AppError(
      'unprocessable',
      `metric: ${variant} has no captured output with the role "label": use conversion or value-mean`,
    );
  }
}

/** The experiment as it stands now, or stood some seconds ago. */
export async function currentExperiment(
  endpoint: string,
  id: string,
  now = new Date(),
): Promise<Experiment> {
  const experiment = await readExperiment(endpoint, id);
  const last = experiment.state?.evaluatedAt;
  const isRecent = last && now.getTime() - Date.parse(last) < EVALUATED_AGAIN_AFTER_MS;
  return isRecent ? experiment : evaluate(experiment, now);
}

/** Ends it if it runs, and gives a variant all traffic if that is asked; safe to repeat. */
export async function stopExperiment(
  endpoint: string,
  id: string,
  { reason, promote }: StopExperiment,
  by: By,
  now = new Date(),
): Promise<Experiment> {
  const experiment = await readExperiment(endpoint, id);
  if (promote !== undefined && !experiment.arms.some(({ variant }) => variant === promote)) {
    throw invalidField('promote', `is not an arm of this experiment`);
  }
  const ended =
    experiment.status === 'ended' ? experiment : await stop(experiment, reason, by, now);
  if (promote !== undefined) await promoteVariant(ended, promote, reason, by);
  return ended;
}

function stop(experiment: Experiment, reason: string, by: By, now: Date): Promise<Experiment> {
  const verdict = { code: 'stopped', words: `stopped by ${by.actor}: ${reason}` } as const;
  const endedAt = now.toISOString();
  return endExperiment(
    experiment,
    { ...experiment, status: 'ended', verdict, endedAt, endedBy: by.actor },
    by,
  );
}

async function promoteVariant({ endpoint, arms }: Experiment, to: string, reason: string, by: By) {
  const { variants, revision } = await getEndpoint(endpoint);
  const arm = arms.find(({ variant }) => variant === to) as Arm;
  const still = variants.some(
    ({ name, model, version }) => name === to && model === arm.model && version === arm.version,
  );
  if (!still) throw new AppError('conflict', `"${to}" is no longer what the experiment compared`);
  const wanted = variants.map(({ name }) => ({ name, weight: name === to ? 100 : 0 }));
  await changeVariants(endpoint, { variants: wanted, reason }, { ...by, ifMatch: revision });
}
