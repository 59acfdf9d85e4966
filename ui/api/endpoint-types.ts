/* What the API answers of endpoints, as far as it is shown; held to its routes as in types.ts. */

export interface Variant {
  readonly name: string;
  readonly model: string;
  readonly version: number;
  readonly alias?: string | undefined;
  readonly weight: number;
  readonly sagemaker?: { readonly endpointName: string } | undefined;
}

export interface Endpoint {
  readonly name: string;
  readonly description: string;
  readonly variants: readonly Variant[];
  readonly shadows: readonly Omit<Variant, 'weight' | 'sagemaker'>[];
  readonly strategy: { readonly kind: string };
  readonly stickyUnit: { readonly kind: string; readonly name?: string | undefined };
  readonly capture: { readonly share: number };
  readonly forced?: { readonly reason: string; readonly actor: string } | undefined;
  readonly reason?: string | undefined;
  readonly stepFrom?: number | undefined;
  readonly restoredFrom?: number | undefined;
  readonly rolledBackFrom?: number | undefined;
  readonly revision: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

export interface VariantTraffic {
  readonly variant: string;
  readonly model: string;
  readonly version: number;
  readonly requests: number;
  readonly rows: number;
  readonly clientErrors: number;
  readonly serverErrors: number;
  readonly latency: {
    readonly count: number;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly p99: number | null;
  };
}

export interface Traffic {
  readonly from: string;
  readonly to: string;
  readonly variants: readonly VariantTraffic[];
  readonly missing: number;
  readonly steps?:
    | readonly { readonly at: string; readonly variants: readonly VariantTraffic[] }[]
    | undefined;
}

export interface Monitor {
  readonly raised: readonly string[];
  readonly next: string;
  readonly window: { readonly minutes: number };
}

export interface ReportSummary {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly status: string;
  readonly rows: number;
  readonly labels: number;
  readonly alarms: readonly {
    readonly alarm: string;
    readonly value: number | null;
    readonly threshold: number;
    readonly breached?: boolean | undefined;
  }[];
}

export interface Rollout {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly version: number;
  readonly variant: string;
  readonly strategy: { readonly kind: string };
  readonly steps: readonly number[];
  readonly step: number;
  readonly stepStartedAt?: string | undefined;
  readonly bakeSeconds: number;
  readonly requests?: number | undefined;
  readonly findings?:
    | readonly { readonly criterion: string; readonly outcome: string; readonly message: string }[]
    | undefined;
  readonly decisions: readonly {
    readonly at: string;
    readonly what: string;
    readonly weight: number;
    readonly reason: string;
  }[];
  readonly reason?: string | undefined;
  readonly createdAt: string;
}
