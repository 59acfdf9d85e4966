import { findChanges } from './changes.ts';
import type { CardFacts, ValidationFacts } from './facts.ts';
import { missingForTraffic } from './missing.ts';
import { partsOf } from './parts.ts';
import type { ModelCard } from './schema.ts';

/** The card of a version: all that is on record, and the prose. */
export function buildCard(facts: CardFacts): ModelCard {
  const { version, validation, approvals, prose, previous, now } = facts;
  const { lineage, metrics } = version;
  const { quality, 'data-quality': dataQuality, ...parts } = partsOf(validation);
  const card: Omit<ModelCard, 'missing'> = {
    details: detailsOf(facts),
    verdict: validation ? verdictOf(validation) : null,
    approvals: [...approvals],
    prose: prose ?? null,
    data: { datasets: datasetsOf(facts), quality: dataQuality },
    metrics: {
      training: metrics.training ?? null,
      validation: metrics.validation ?? null,
      measured: quality,
    },
    ...parts,
    lineage: {
      run: lineage.run ?? null,
      code: lineage.code ?? null,
      hyperparameters: lineage.hyperparameters ?? null,
      environment: lineage.environment
        ? { ...lineage.environment, packages: lineage.environment.packages ?? {} }
        : null,
      preprocessing: lineage.preprocessing ?? null,
    },
    changes: previous ? findChanges(previous, { version, checks: validation?.checks ?? [] }) : null,
    generatedAt: now.toISOString(),
  };
  return { ...card, missing: missingForTraffic(card) };
}

function detailsOf({ model, version, prose, validation }: CardFacts): ModelCard['details'] {
  const { signature, graph, artifact } = version;
  return {
    model: model.name,
    version: version.version,
    status: version.status,
    task: model.task,
    owner: model.owner,
    description: model.description,
    versionDescription: version.description,
    licence: prose?.licence || licenceIn(version) || validation?.evidence.artifact?.licence || null,
    tags: { ...model.tags, ...version.tags },
    createdAt: version.createdAt,
    createdBy: version.createdBy,
    artifact: {
      format: 'ONNX',
      sha256: artifact.sha256,
      sizeBytes: artifact.sizeBytes,
      changes: artifact.changes,
    },
    producer: graph.producer,
    irVersion: graph.irVersion,
    opsets: graph.opsets,
    operators: graph.operators,
    parameterCount: graph.parameterCount,
    inputs: signature.inputs,
    outputs: signature.outputs,
    features: signature.features ?? null,
    classes: signature.classes ?? null,
  };
}

/** As tags and ONNX files spell it. */
function licenceIn({ tags, graph }: CardFacts['version']): string | undefined {
  for (const texts of [tags, graph.metadata]) {
    const found = Object.entries(texts).find(
      ([name, text]) => /^(model_)?licen[cs]e$/i.test(name) && text !== '',
    );
    if (found) return found[1];
  }
  return undefined;
}

function verdictOf(validation: ValidationFacts): NonNullable<ModelCard['verdict']> {
  const { id, status, reason, policy, champion, finishedAt, gates } = validation;
  return {
    validation: id,
    status,
    ...(reason !== undefined && { reason }),
    policy: { name: policy.name, revision: policy.revision },
    ...(champion !== undefined && { champion }),
    ...(finishedAt !== undefined && { finishedAt }),
    gates: gates ?? [],
  };
}

type Dataset = ModelCard['data']['datasets'][number];

/** What the lineage names, and what Skiff measured on where the lineage does not name it. */
function datasetsOf({ version, validation }: CardFacts): Dataset[] {
  const used = [
    ['validation', validation?.dataset],
    ['training', validation?.trainingDataset],
  ] as const;
  const isUsed = ({ name, digest }: { name: string; digest: string }) =>
    used.some(([, dataset]) => dataset?.name === name && dataset.digest === digest);
  const named = version.lineage.datasets ?? [];
  const isNamed = ({ name, digest }: { name: string; digest: string }) =>
    named.some((dataset) => dataset.name === name && dataset.digest === digest);
  return [
    ...named.map((dataset) => ({ ...dataset, usedBySkiff: isUsed(dataset) })),
    ...used.flatMap(([role, dataset]) =>
      dataset && !isNamed(dataset)
        ? [{ name: dataset.name, digest: dataset.digest, role, usedBySkiff: true }]
        : [],
    ),
  ];
}
