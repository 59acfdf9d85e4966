import * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { logger } from '#shared/observability.ts';
import { getModel } from '#slices/registry';
import { catalogue } from '../../../events/catalogue.ts';
import { getPolicy } from '../policies.ts';
import { requestValidation } from '../validations.ts';

const Event = z.object({ detail: catalogue.ModelVersionRegistered });

/** Every registered version is examined, unless the model's policy says otherwise. */
export const handler = async (event: unknown): Promise<void> => {
  const { id, model, version } = Event.parse(event).detail;
  try {
    const policy = await getPolicy((await getModel(model)).policy);
    if (policy.validateOnRegistration)
      await requestValidation({ model, version, id }, { actor: 'skiff' });
  } catch (error) {
    // The model was deleted or the version archived meanwhile: nothing to examine.
    if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
    logger.warn('no validation started', { model, version, reason: error.message });
  }
};
