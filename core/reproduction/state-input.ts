import { type DataObject, type Facts, programOf } from './facts.ts';

/** Step Functions takes no more as input. */
export const MAX_INPUT_BYTES = 262_144;

/** Input for a state machine that trains: the facts for one of its own, a build for CodeBuild. */
export interface StateInput {
  readonly run: string;
  readonly workspace: string;
  readonly experiment: string;
  readonly code: {
    readonly repository?: string;
    readonly commit?: string;
    readonly program?: string;
  };
  readonly environment: {
    readonly python?: string;
    readonly docker?: string;
    /** Text of each file by its name. */
    readonly files: Readonly<Record<string, string>>;
  };
  readonly data: readonly DataObject[];
  readonly params: Readonly<Record<string, string>>;
  readonly seeds: Readonly<Record<string, string>>;
  readonly script: string;
  /** For `codebuild:startBuild.sync`, as its `BuildspecOverride`. */
  readonly buildspec: string;
}

export function stateInputOf(facts: Facts, script: string): StateInput {
  const { run, workspace, experiment, git, environment, params, seeds, data } = facts;
  const program = programOf(facts);
  const { python, docker, files } = environment;
  return {
    ...{ run, workspace, experiment },
    code: {
      ...(git.repository && { repository: git.repository }),
      ...(git.commit && { commit: git.commit }),
      ...(program && { program }),
    },
    environment: {
      ...(python && { python }),
      ...(docker && { docker }),
      files: Object.fromEntries(
        files.map(({ path, text }) => [path.split('/').at(-1) as string, text]),
      ),
    },
    data: data.flatMap(({ object }) => (object ? [object] : [])),
    params: Object.fromEntries(params),
    seeds: Object.fromEntries(seeds.map(({ name, value }) => [name, value])),
    script,
    buildspec: buildspecOf(script),
  };
}

/** JSON is YAML too. */
const buildspecOf = (script: string): string =>
  JSON.stringify({
    version: 0.2,
    env: { shell: 'bash' },
    phases: { build: { commands: [script] } },
  });
