import { AppError } from '#core/errors.ts';
import { OF_A_WORKSPACE, prefixOf, SEPARATOR } from '#core/mlflow/names.ts';
import { DEFAULT_WORKSPACE } from '#core/tracking/workspace.ts';
import { requireNames } from '#shared/caller.ts';
import { ModelAlias, ModelName } from '#slices/registry';
import type { MlflowRequest, Space } from '#slices/tracking';

/**
 * What the registry, which has no workspaces, calls a workspace's model.
 * @throws AppError `invalid` for what cannot be a name
 */
export function registryName(space: Space, name: string): string {
  const whole = `${prefixOf(space)}${name}`;
  if (/[/:]/.test(name)) {
    throw new AppError('invalid', `Invalid model name '${name}'. Names cannot contain '/' or ':'.`);
  }
  if (space === DEFAULT_WORKSPACE && OF_A_WORKSPACE.test(name)) {
    const [workspace] = name.split(SEPARATOR);
    throw new AppError(
      'invalid',
      `Invalid model name '${name}': that is a model of the workspace "${workspace}"`,
    );
  }
  const { error } = ModelName.safeParse(whole);
  if (!error) return whole;
  throw new AppError('invalid', `Invalid model name '${name}': it ${error.issues[0]?.message}`);
}

/**
 * A workspace's models are reached by whoever reaches the workspace; those of the default one are
 * everybody's, and held to the limits that the caller has on models.
 */
export function requireModel(
  { space, caller }: Pick<MlflowRequest<unknown>, 'space' | 'caller'>,
  name: string,
): void {
  if (space === DEFAULT_WORKSPACE) requireNames(caller, { models: [name] });
}

const RESERVED = /^(latest|v\d+)$/i;

/** @throws AppError `invalid` for what MLflow's clients cannot call an alias */
export function checkAlias(alias: string): void {
  if (RESERVED.test(alias)) throw new AppError('invalid', `'${alias}' alias name is reserved.`);
  const { error } = ModelAlias.safeParse(alias);
  if (error) {
    throw new AppError('invalid', `Invalid alias name: '${alias}': it ${error.issues[0]?.message}`);
  }
}
