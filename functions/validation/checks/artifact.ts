import { createHash } from 'node:crypto';
import { toCycloneDx } from '#core/cards/cyclonedx.ts';
import { Random } from '#core/random.ts';
import { generateInputs } from '#core/signature/generate.ts';
import type { ModelVersion } from '#slices/registry';
import { examineConstructs, licenceIn } from '../constructs.ts';
import type { Evidence } from '../evidence.ts';
import type { Examination } from '../examination.ts';
import { type IsolatedLoad, loadIsolated } from '../isolated-load.ts';
import { isolationLimits } from '../isolation-limits.ts';
import { MEGABYTE } from '../process-memory.ts';
import type { CheckOutcome, Finding } from '../schema.ts';
import { deployedSources, type Sources } from '../sources.ts';

/**
 * Reads the stored bytes again, holds them against the record, loads them in a process of their
 * own, and writes down what the file is made of.
 */
export async function checkArtifact(
  examination: Examination,
  sources: Sources = deployedSources(),
): Promise<CheckOutcome<'artifact'>> {
  const { version, settings } = examination;
  const model = await sources.readArtifact(version);
  const verified = sha256Of(model) === version.artifact.sha256;
  const inputs = generateInputs(version.signature, 1, new Random(settings.seed));
  const limits = isolationLimits(sources);
  const isolatedLoad = await loadIsolated(model, version.signature, { inputs, limits });
  const licence = licenceIn(version.graph.metadata) ?? version.tags.licence ?? version.tags.license;
  return {
    status: 'completed',
    figures: {
      'digest-verified': { value: verified ? 1 : 0 },
      loaded: { value: isolatedLoad.loaded ? 1 : 0 },
      'load-ms': { value: isolatedLoad.milliseconds },
      'peak-memory-mb': { value: isolatedLoad.peakMemoryMb },
      'size-mb': { value: model.length / MEGABYTE },
    },
    findings: [
      ...recordFindings(version, { verified, sizeBytes: model.length, licence }),
      ...loadFindings(isolatedLoad, model.length),
      ...examineConstructs(model),
    ],
    evidence: evidence(examination, { licence, isolatedLoad }),
  };
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Stored {
  readonly verified: boolean;
  readonly sizeBytes: number;
  readonly licence: string | undefined;
}

function recordFindings({ artifact }: ModelVersion, stored: Stored): Finding[] {
  const findings: Finding[] = [];
  if (!stored.verified || stored.sizeBytes !== artifact.sizeBytes) {
    const message = 'the stored bytes are not those that were registered: they were altered';
    findings.push({ severity: 'critical', code: 'digest-differs', message });
  }
  if (!stored.licence) {
    const message =
      'no licence is on record: put it into the file’s metadata or the version’s tags as "licence"';
    findings.push({ severity: 'info', code: 'no-licence', message });
  }
  for (const message of artifact.changes) {
    const code = message.startsWith('external data') ? 'external-data' : 'changed-at-registration';
    findings.push({ severity: 'info', code, message });
  }
  return findings;
}

/** Node and the runtime alone. */
const EMPTY_MEGABYTES = 150;
/** The file, its tensors and their packed form, with room. */
const USUAL_FACTOR = 10;

function loadFindings(load: IsolatedLoad, sizeBytes: number): Finding[] {
  if (load.problem) {
    const message = `in a process of its own the model did not load and run: ${load.problem}`;
    return [{ severity: 'critical', code: 'not-loadable', message }];
  }
  const size = sizeBytes / MEGABYTE;
  if (load.peakMemoryMb <= EMPTY_MEGABYTES + USUAL_FACTOR * size) return [];
  const message = `one row takes ${Math.round(load.peakMemoryMb)} MB of memory, the file has ${size.toFixed(1)}`;
  return [{ severity: 'warning', code: 'memory-amplification', message }];
}

function evidence(
  { version, task }: Examination,
  { licence, isolatedLoad }: { licence: string | undefined; isolatedLoad: IsolatedLoad },
): Evidence<'artifact'> {
  const { artifact, graph } = version;
  const { producer, metadata, irVersion, opsets, operators, parameterCount } = graph;
  const facts = { producer, irVersion, opsets, operators, parameterCount };
  return {
    sha256: artifact.sha256,
    sizeBytes: artifact.sizeBytes,
    changes: artifact.changes,
    ...(licence && { licence }),
    metadata,
    ...facts,
    isolatedLoad,
    bom: billOfMaterials(version, { ...facts, task, licence }),
  };
}

function billOfMaterials(
  version: ModelVersion,
  facts: Pick<
    Evidence<'artifact'>,
    'producer' | 'irVersion' | 'opsets' | 'operators' | 'parameterCount'
  > & {
    task: string;
    licence: string | undefined;
  },
): Evidence<'artifact'>['bom'] {
  const { artifact, signature, lineage } = version;
  const bom = toCycloneDx({
    ...facts,
    name: version.model,
    version: String(version.version),
    timestamp: new Date().toISOString(),
    sha256: artifact.sha256,
    sizeBytes: artifact.sizeBytes,
    description: version.description,
    inputs: signature.inputs,
    outputs: signature.outputs,
    datasets: lineage.datasets ?? [],
    packages: lineage.environment?.packages ?? {},
    metrics: Object.entries(version.metrics.validation ?? {}).map(([type, value]) => ({
      type,
      value,
    })),
  });
  return bom as Evidence<'artifact'>['bom'];
}
