/*
 * What the API answers, as far as it is shown. A test holds these to the types of its routes, which
 * cannot be used here: they bring those of Node along.
 */

export interface Model {
  readonly name: string;
  readonly task: string;
  readonly owner: string;
  readonly description: string;
  readonly tags: Tags;
  readonly policy: string;
  readonly latestVersion: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type Tags = Readonly<Record<string, string>>;

export interface Alias {
  readonly alias: string;
  readonly version: number;
}

export interface TensorSpec {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly (number | string)[];
}

export interface Feature {
  readonly name: string;
  readonly type: string;
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly categories?: readonly (string | number)[] | undefined;
  readonly nullable: boolean;
}

export interface DatasetLink {
  readonly name: string;
  readonly digest: string;
  readonly role: string;
  readonly source?: string | undefined;
  readonly rows?: number | undefined;
}

export interface Lineage {
  readonly run?: { readonly id: string; readonly name?: string | undefined } | undefined;
  readonly code?:
    | {
        readonly repository?: string | undefined;
        readonly version: string;
        readonly dirty?: boolean | undefined;
        readonly entryPoint?: string | undefined;
      }
    | undefined;
  readonly datasets?: readonly DatasetLink[] | undefined;
  readonly hyperparameters?: Readonly<Record<string, unknown>> | undefined;
  readonly environment?:
    | {
        readonly framework?: string | undefined;
        readonly frameworkVersion?: string | undefined;
        readonly python?: string | undefined;
        readonly packages?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
  readonly preprocessing?:
    | readonly { readonly name: string; readonly description?: string | undefined }[]
    | undefined;
}

export interface Version {
  readonly model: string;
  readonly version: number;
  readonly status: string;
  readonly validation?: string | undefined;
  readonly artifact: {
    readonly sha256: string;
    readonly sizeBytes: number;
    readonly changes: readonly string[];
  };
  readonly signature: {
    readonly inputs: readonly TensorSpec[];
    readonly outputs: readonly (TensorSpec & { readonly role?: string | undefined })[];
    readonly features?: readonly Feature[] | undefined;
    readonly classes?: readonly string[] | undefined;
  };
  readonly graph: {
    readonly opsets: readonly { readonly domain: string; readonly version: number }[];
    readonly producer: { readonly name: string; readonly version: string };
    readonly operators: readonly { readonly name: string; readonly count: number }[];
    readonly parameterCount: number;
  };
  readonly lineage: Lineage;
  readonly metrics: {
    readonly training?: Readonly<Record<string, number>> | undefined;
    readonly validation?: Readonly<Record<string, number>> | undefined;
  };
  readonly mlflow?:
    | {
        readonly runId?: string | undefined;
        readonly stage?: string | undefined;
        readonly notes: readonly string[];
      }
    | undefined;
  readonly description: string;
  readonly tags: Tags;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface Interval {
  readonly lower: number;
  readonly upper: number;
  readonly level: number;
}

export interface GateResult {
  readonly metric: string;
  readonly severity: string;
  readonly outcome: string;
  readonly blocks: boolean;
  readonly measured: number | null;
  readonly interval?: Interval | undefined;
  readonly comparison: string;
  readonly threshold: number | null;
  readonly message: string;
}

export interface Finding {
  readonly severity: string;
  readonly message: string;
  readonly where?: string | undefined;
}

export interface Check {
  readonly check: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly figures?:
    | Readonly<
        Record<string, { readonly value: number | null; readonly interval?: Interval | undefined }>
      >
    | undefined;
  readonly findings?: readonly Finding[] | undefined;
}

export interface Validation {
  readonly id: string;
  readonly status: string;
  readonly reason?: string | undefined;
  readonly policy: { readonly name: string; readonly revision: number };
  readonly dataset?: { readonly name: string; readonly digest: string } | undefined;
  readonly champion?: number | undefined;
  readonly gates?: readonly GateResult[] | undefined;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly finishedAt?: string | undefined;
}

export interface ValidationWithChecks extends Validation {
  readonly checks: readonly Check[];
}

export interface Approval {
  readonly id: string;
  readonly decision: string;
  readonly reason: string;
  readonly actor: string;
  readonly at: string;
}
