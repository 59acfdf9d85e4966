import { AppError } from '#core/errors.ts';
import { inspectModel, type ModelInspection } from '#core/onnx/inspect.ts';
import type { Finding } from './schema.ts';

/** The standard's sets and the runtime's own; the reader allows others for functions of the file. */
const KNOWN_DOMAINS = new Set(['', 'ai.onnx.ml', 'com.microsoft']);

/** Their results have the size that their inputs' values say. */
const SIZED_BY_VALUES = new Set([
  'ConstantOfShape',
  'Expand',
  'Tile',
  'Range',
  'Resize',
  'Upsample',
  'Pad',
  'OneHot',
  'EyeLike',
]);
const RANDOM = new Set([
  'RandomNormal',
  'RandomUniform',
  'RandomNormalLike',
  'RandomUniformLike',
  'Multinomial',
  'Bernoulli',
]);
const LOOPS = new Set(['Loop', 'Scan']);

type Operator = ModelInspection['operators'][number];

/** What the reader says of the file now, and what in it a careful person would look at. */
export function examineConstructs(bytes: Uint8Array): Finding[] {
  let inspection: ModelInspection;
  try {
    inspection = inspectModel(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return [{ severity: 'critical', code: 'reader-refuses', message: error.message }];
  }
  const { operators, opsets, metadata, docString } = inspection;
  return [
    ...opsets.filter(({ domain }) => !KNOWN_DOMAINS.has(domain)).map(ownDomain),
    ...operators.flatMap(operatorFindings),
    ...Object.entries({ ...metadata, ...(docString && { documentation: docString }) }).flatMap(
      ([key, text]) => textFindings(key, text),
    ),
  ];
}

const ownDomain = ({ domain }: ModelInspection['opsets'][number]): Finding => ({
  severity: 'info',
  code: 'own-domain',
  message: `"${domain}" is no standard set of operators: the file defines what it uses of it`,
  where: domain,
});

function operatorFindings({ domain, name, count }: Operator): Finding[] {
  const where = domain ? `${domain}.${name}` : name;
  const say = (severity: Finding['severity'], code: string, says: string): Finding[] => [
    { severity, code, message: `${where} (${count} times): ${says}`, where },
  ];
  if (domain === 'com.microsoft') {
    return say('info', 'vendor-operator', 'only this runtime has it, other ones do not');
  }
  if (LOOPS.has(name)) {
    return say('warning', 'loop', 'the number of turns may depend on the input: bound its size');
  }
  if (RANDOM.has(name))
    return say('warning', 'random-operator', 'answers differ from call to call');
  if (SIZED_BY_VALUES.has(name)) {
    return say('info', 'size-from-values', 'the size of its result may depend on values');
  }
  return [];
}

const CODE =
  /<script|javascript:|__import__|\beval\s*\(|\bexec\s*\(|os\.system|subprocess|pickle\.loads|base64,[A-Za-z0-9+/]{100}|#!\/|powershell|curl\s+http/i;
const ADDRESS = /\b(?:https?|ftp|file|s3|gs):\/\/[^\s"'<>]+/i;
const FOLDER = /(?:^|[\s"'=:])(?:\/(?:home|Users|root|mnt|opt)\/|[A-Z]:\\)[^\s"']+/;
const LICENCE = /licen[cs]e/i;

function textFindings(key: string, text: string): Finding[] {
  const where = `metadata.${key}`;
  const found = (severity: Finding['severity'], code: string, message: string): Finding[] => [
    { severity, code, message, where },
  ];
  if (CODE.test(text)) {
    return found(
      'warning',
      'metadata-code',
      `"${key}" looks like code: nothing runs it, but ask why`,
    );
  }
  const [address] = LICENCE.test(key) ? [] : (ADDRESS.exec(text) ?? []);
  if (address) {
    return found(
      'info',
      'metadata-address',
      `"${key}" names ${address.slice(0, 200)}: nothing calls it`,
    );
  }
  if (FOLDER.test(text)) {
    return found('info', 'metadata-folder', `"${key}" names a folder of the machine it came from`);
  }
  return [];
}

/** Under the keys that exporters use; undefined where the file says nothing. */
export function licenceIn(metadata: Readonly<Record<string, string>>): string | undefined {
  const key = Object.keys(metadata).find((name) => /^licen[cs]e$/i.test(name));
  return key === undefined ? undefined : metadata[key] || undefined;
}
