import type { Figure } from '#core/figure.ts';

/** A number as people read it: three decimals near one, grouped digits when large. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return minus(value.toLocaleString('en-US'));
  if (size >= 1e9 || (size > 0 && size < 0.0005)) return minus(value.toExponential(1));
  if (size >= 1000) return minus(Math.round(value).toLocaleString('en-US'));
  return minus(value.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3));
}

const minus = (text: string): string => text.replace(/^-/, '−').replace('e-', 'e−');

export const maybe = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : number(value);

export const percent = (share: number): string =>
  `${minus((share * 100).toFixed(share !== 0 && Math.abs(share) < 0.1 ? 2 : 1))} %`;

export const interval = ({ interval: found }: Pick<Figure, 'interval'>): string =>
  found ? `${number(found.lower)} to ${number(found.upper)}` : '–';

export function bytes(size: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  const step = size < 1 ? 0 : Math.min(3, Math.floor(Math.log(size) / Math.log(1024)));
  return `${number(step === 0 ? size : Number((size / 1024 ** step).toFixed(1)))} ${units[step]}`;
}

export const day = (at: string): string => at.slice(0, 10);

const NAMES: Record<string, string> = {
  'roc-auc': 'ROC AUC',
  'pr-auc': 'PR AUC',
  f1: 'F1',
  mcc: 'Matthews correlation (MCC)',
  'macro-f1': 'Macro F1',
  'micro-f1': 'Micro F1',
  'weighted-f1': 'Weighted F1',
  'macro-roc-auc': 'Macro ROC AUC',
  rmse: 'RMSE',
  mae: 'MAE',
  mape: 'MAPE',
  r2: 'R²',
  brier: 'Brier score',
  'log-loss': 'Log loss',
};

/** `equal-opportunity-difference` becomes `Equal opportunity difference`. */
export function metricName(metric: string): string {
  if (Object.hasOwn(NAMES, metric)) return NAMES[metric] as string;
  const words = metric.replaceAll('-', ' ');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
