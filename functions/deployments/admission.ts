import { AppError } from '#core/errors.ts';
import { buildCard, loadFacts } from '#slices/cards';
import type { ModelVersion } from '#slices/registry';
import { latestValidation } from '#slices/validation';

/**
 * Nothing carries traffic that was not approved, or whose model card lacks what the policy wants,
 * unless someone with the right forces it. Archived versions never do.
 *
 * @throws AppError `conflict` with what is missing
 */
export async function checkAdmission(version: ModelVersion, forced: boolean): Promise<void> {
  checkStatus(version, forced);
  if (!forced) await checkCard(version);
}

function checkStatus({ model, version, status }: ModelVersion, forced: boolean): void {
  if (status === 'approved' || (forced && status !== 'archived')) return;
  const why: Record<typeof status, string> = {
    registered: 'was not validated to an end: POST …/validations, or see why the last one failed',
    validating: 'is being validated: wait for the verdict, or for the approval that it asks for',
    rejected: 'was rejected: its newest validation says why',
    archived: 'is archived and cannot be served',
  };
  throw new AppError('conflict', `version ${version} of "${model}" ${why[status]}`);
}

async function checkCard({ model, version }: ModelVersion): Promise<void> {
  const validation = await latestValidation(model, version);
  if (!validation?.policy.requireCompleteCard) return;
  const { missing } = buildCard(await loadFacts(model, version));
  if (missing.length === 0) return;
  const fields = missing.map(({ field, message }) => `${field} (${message})`).join('; ');
  throw new AppError(
    'conflict',
    `the policy "${validation.policy.name}" wants a complete model card, and that of version ${version} of "${model}" lacks ${fields}`,
  );
}
