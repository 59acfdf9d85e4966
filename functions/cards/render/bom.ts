import { toCycloneDx } from '#core/cards/cyclonedx.ts';
import { measuresOf } from '../measures.ts';
import type { ModelCard } from '../schema.ts';

/** The card as a CycloneDX 1.6 document. */
export const toBom = (card: ModelCard): Record<string, unknown> => {
  const { details, data, lineage, generatedAt } = card;
  return toCycloneDx({
    ...details,
    name: details.model,
    version: String(details.version),
    timestamp: generatedAt,
    sha256: details.artifact.sha256,
    sizeBytes: details.artifact.sizeBytes,
    licence: details.licence ?? undefined,
    datasets: data.datasets,
    packages: lineage.environment?.packages ?? {},
    metrics: measuresOf(card).map(({ metric, ...rest }) => ({ type: metric, ...rest })),
    considerations: considerationsOf(card),
  });
};

const considerationsOf = ({ prose, fairness }: ModelCard) =>
  prose
    ? {
        users: prose.users,
        useCases: prose.intendedUse ? [prose.intendedUse] : [],
        limitations: [
          ...prose.limitations,
          ...prose.outOfScopeUse.map((use) => `Not to be used for: ${use}`),
        ],
        tradeoffs: prose.tradeoffs,
        ethical: prose.ethicalConsiderations,
        groupsAtRisk: fairness.measured
          ? fairness.findings.map(({ where, message }) => ({
              group: where ?? 'not named',
              harms: message,
            }))
          : [],
      }
    : undefined;
