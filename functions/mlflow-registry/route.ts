import type * as z from 'zod';
import { AppError } from '#core/errors.ts';
import { type MlflowAnswer, MlflowError, type MlflowRoute, mlflow } from '#slices/tracking';
import { registryName, requireModel } from './names.ts';

export const NOTHING: MlflowAnswer = { json: {} };

type OfName = z.ZodType<{ readonly name: string }>;

/** A route about one registered model, which its caller must be let to. */
export const aboutModel = <S extends OfName>(route: MlflowRoute<S>): MlflowRoute =>
  mlflow({
    ...route,
    run: (request) => {
      requireModel(request, registryName(request.space, request.body.name));
      return route.run(request);
    },
  });

/** What the registry refuses for the state of things is no name that exists already. */
export const asState = (error: unknown): never => {
  if (error instanceof AppError && error.code === 'conflict') {
    throw new MlflowError('INVALID_STATE', error.message);
  }
  throw error;
};
