import { UsageError } from './command.ts';

/** One of `fraud@champion`, `fraud@3`, `fraud@champion=90`. */
export interface WantedVariant {
  readonly name: string;
  readonly model: string;
  readonly version?: number;
  readonly alias?: string;
  readonly weight?: number;
}

/**
 * Variants of `deploy`. One is called default and gets all traffic; several are named after what
 * they point at.
 *
 * @throws UsageError where a text does not fit
 */
export function parseVariants(texts: readonly string[]): WantedVariant[] {
  const several = texts.length > 1;
  return texts.map((text) => {
    // From the right: names of models may hold "@" and "=".
    const match = /^(.+)@([^@=]+)(?:=(\d{1,3}(?:\.\d)?))?$/.exec(text);
    if (!match) {
      throw new UsageError(
        `"${text}": give model@alias or model@version, with =percent where there are several`,
      );
    }
    const [, model, reference, weight] = match as unknown as [string, string, string, string?];
    if (several && weight === undefined) {
      throw new UsageError(`"${text}": each of several variants needs its share, as in ${text}=50`);
    }
    const target = /^\d+$/.test(reference) ? { version: Number(reference) } : { alias: reference };
    return {
      name: several ? variantName(reference) : 'default',
      model,
      ...target,
      ...(weight !== undefined && { weight: Number(weight) }),
    };
  });
}

/** One version without a share, such as `fraud@3`. @throws UsageError where it is not */
export function parseReference(text: string): WantedVariant {
  const [wanted] = parseVariants([text]) as [WantedVariant];
  if (wanted.weight === undefined) return wanted;
  throw new UsageError(`"${text}": leave the share out`);
}

const variantName = (reference: string): string =>
  /^\d+$/.test(reference) ? `v${reference}` : reference.replaceAll('.', '-');
