import type { Reply } from '#shared/http.ts';
import { pageReply } from '#shared/page/reply.ts';
import { toBom } from './render/bom.ts';
import { toHtml } from './render/html.ts';
import { toMarkdown } from './render/markdown.ts';
import { toSageMaker } from './render/sagemaker.ts';
import { toToolkit } from './render/toolkit.ts';
import type { Format, ModelCard } from './schema.ts';

const BOM_TYPE = 'application/vnd.cyclonedx+json; version=1.6';

const markdown = (card: ModelCard): Reply => ({
  body: toMarkdown(card),
  contentType: 'text/markdown; charset=utf-8',
});

const RENDERERS: Record<Format, (card: ModelCard) => Reply> = {
  json: (body) => ({ body }),
  markdown,
  huggingface: markdown,
  html: (card) => pageReply(toHtml(card)),
  toolkit: (card) => ({ body: toToolkit(card) }),
  sagemaker: (card) => ({ body: toSageMaker(card) }),
  cyclonedx: (card) => ({ body: JSON.stringify(toBom(card)), contentType: BOM_TYPE }),
};

export const renderCard = (card: ModelCard, format: Format): Reply => RENDERERS[format](card);

/** Formats that have a media type of their own, for the Accept header. */
const TYPES: Record<string, Format> = {
  'application/json': 'json',
  'text/html': 'html',
  'text/markdown': 'markdown',
  'application/vnd.cyclonedx+json': 'cyclonedx',
};

export const TEXT_TYPES = Object.keys(TYPES).filter((type) => type !== 'application/json');

/** The first of the types accepted, by their weights, that a card has; else JSON. */
export function chooseFormat(accept = ''): Format {
  const wanted = accept
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const weight = parameters.find((text) => text.startsWith('q='));
      return { type, weight: weight ? Number(weight.slice(2)) : 1 };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  return TYPES[wanted.find(({ type }) => Object.hasOwn(TYPES, type))?.type ?? ''] ?? 'json';
}
