import { AppError } from '#core/errors.ts';
import type { ScoredRows } from '#core/estimation/scored-rows.ts';
import type { Figures } from '#core/figure.ts';
import type { ModelVersion } from '#slices/registry';
import {
  evidenceSchemas,
  latestValidation,
  readEvidence,
  readScoredRows,
} from '#slices/validation';
import type { Decision } from './answers.ts';
import { precisionOf, roundColumn } from './reference.ts';

/** What the examination of a version left that a monitor leans on. */
export interface Examined {
  /** Id of the validation; undefined where there was none. */
  readonly validation?: string | undefined;
  readonly metrics: Figures;
  /** Importance by feature. */
  readonly importance: ReadonlyMap<string, number>;
  readonly decision: Decision;
  /** Rows with answers and truth, under the names and in the precision of captures. */
  readonly scored: ScoredRows | undefined;
}

export const NOT_EXAMINED: Examined = {
  metrics: {},
  importance: new Map(),
  decision: { positive: undefined, threshold: undefined },
  scored: undefined,
};

/** Checks that did not complete, or left evidence in a form no longer read, leave nothing. */
export async function readExamined(version: ModelVersion | undefined): Promise<Examined> {
  const validation = version && (await latestValidation(version.model, version.version));
  if (!validation) return NOT_EXAMINED;
  const [quality, explainability, scored] = await Promise.all([
    evidenceOf(validation.id, 'quality'),
    evidenceOf(validation.id, 'explainability'),
    readScored(validation.id, version),
  ]);
  const importances = (explainability?.importances ?? []).map(
    ({ feature, importance }) => [feature, importance.value ?? 0] as const,
  );
  return {
    validation: validation.id,
    metrics: quality?.metrics ?? {},
    importance: new Map(importances),
    decision: { positive: quality?.positive, threshold: quality?.threshold },
    scored,
  };
}

async function evidenceOf<N extends 'quality' | 'explainability'>(id: string, check: N) {
  const evidence = await readEvidence(id, check).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'not-found') return undefined;
    throw error;
  });
  return evidenceSchemas[check].safeParse(evidence).data as
    | ReturnType<(typeof evidenceSchemas)[N]['parse']>
    | undefined;
}

/** The last ones read: a run looks at several windows, and what is learnt of rows goes with them. */
let lastRead: { readonly id: string; readonly scored: ScoredRows } | undefined;

async function readScored(id: string, version: ModelVersion): Promise<ScoredRows | undefined> {
  if (lastRead?.id === id) return lastRead.scored;
  const found = await readScoredRows(id);
  if (!found) return undefined;
  lastRead = { id, scored: inTermsOfCaptures(found, version) };
  return lastRead.scored;
}

function inTermsOfCaptures(scored: ScoredRows, { signature }: ModelVersion): ScoredRows {
  const roundOf = precisionOf(signature);
  const columns = scored.features.columns.map((column) => {
    const name = `in_${column.name}`;
    return roundColumn({ ...column, name }, roundOf(name));
  });
  return { ...scored, features: { ...scored.features, columns } };
}
