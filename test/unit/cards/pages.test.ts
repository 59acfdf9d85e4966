import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse } from 'yaml';
import { buildCard } from '../../../functions/cards/build.ts';
import { toHtml } from '../../../functions/cards/render/html.ts';
import { plain, toMarkdown } from '../../../functions/cards/render/markdown.ts';
import { HOSTILE } from '../../helpers/arbitrary.ts';
import { anyFacts } from '../../helpers/arbitrary-facts.ts';
import { poorFacts, richFacts } from '../../helpers/card-facts.ts';

const rich = buildCard(richFacts);
const poor = buildCard(poorFacts);
const frontMatterOf = (text: string) => parse(text.split(/^---$/m)[1] as string);

/** Every tag that the page's own templates write, with no attribute that could run or load. */
const OWN_TAG =
  /^<(?:!doctype html|\/?(?:html|head|body|header|footer|nav|main|section|div|span|p|h[1-3]|ul|li|dl|dt|dd|table|caption|thead|tbody|tr|th|td|figure|figcaption|svg|g|title|desc|text|line|path|rect|circle|meta|style|strong|code|br|a)(?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*\/?)>$/;

function foreignTags(page: string): string[] {
  return [...page.matchAll(/<[^>]*>?/g)]
    .map(([tag]) => tag)
    .filter(
      (tag) =>
        !OWN_TAG.test(tag) ||
        / on\w+=/.test(tag.replace(/"[^"]*"/g, '')) ||
        / (?:href|src)="(?!#)/.test(tag),
    );
}

describe('the page', () => {
  it('says the verdict and the gates that failed, with measured and required values', () => {
    const page = toHtml(rich);
    expect(page).toContain('Rejected: 1 gate did not hold');
    expect(page).toContain(
      '<strong>Blocks: fairness.equalized-odds-difference</strong> 0.240, required ≤ 0.200',
    );
    expect(page).toContain('<strong>Warns: data-quality.largest-shift-psi</strong>');
    expect(page).toContain('quality.accuracy, beside the champion');
  });

  it('says where a gate had no champion to go by', () => {
    const gates = rich.verdict!.gates.map((one) =>
      one.relativeTo ? { ...one, measured: null, threshold: null } : one,
    );
    expect(toHtml({ ...rich, verdict: { ...rich.verdict!, gates } })).toContain('no champion');
  });

  it('draws curves, bars and the matrix', () => {
    const titles = [...toHtml(rich).matchAll(/<figcaption>([^<]+)/g)].map((match) => match[1]);
    expect(titles).toEqual(
      expect.arrayContaining([
        'ROC curve',
        'Precision and recall',
        'Calibration',
        'Confusion matrix',
        'Selection rate by sex',
        'Robust accuracy against the budget of the attack',
        'Permutation importance',
        'Latency of one row',
      ]),
    );
    expect(toHtml(rich)).not.toContain('NaN,');
  });

  it('says of each section what is missing', () => {
    const page = toHtml(poor);
    expect(page).toContain('Not validated yet');
    expect(page.match(/Not measured: this version has not been validated yet\./g)).toHaveLength(8);
    expect(page).toContain('This card is not complete');
  });

  it('has its headings in order and loads nothing', () => {
    const levels = [...toHtml(rich).matchAll(/<h([1-3])/g)].map((match) => Number(match[1]));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, i) => i === 0 || level - (levels[i - 1] as number) <= 1)).toBe(
      true,
    );
    expect(toHtml(rich)).not.toMatch(/<script|url\(|@import|<img|<link/);
  });

  it('shows hostile texts as text, in every field', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const page = toHtml(buildCard(facts));
        expect(foreignTags(page)).toEqual([]);
        expect(page.length).toBeLessThan(1_000_000);
      }),
    );
  });

  it.each(HOSTILE)('shows %j in prose and names as text', (text) => {
    const prose = { ...richFacts.prose!, intendedUse: text, limitations: [text], users: [text] };
    const model = { ...richFacts.model, name: text, description: text, owner: text };
    const card = buildCard({ ...richFacts, prose, model });
    expect(foreignTags(toHtml(card))).toEqual([]);
    expect(frontMatterOf(toMarkdown(card))['model-index'][0].name).toBe(text.toWellFormed());
  });
});

describe('the Markdown card', () => {
  it("has Hugging Face's front matter", () => {
    expect(frontMatterOf(toMarkdown(rich))).toMatchObject({
      license: 'apache-2.0',
      library_name: 'scikit-learn',
      pipeline_tag: 'tabular-classification',
      tags: ['onnx', 'domain:credit', 'team:risk'],
      'model-index': [
        {
          name: 'credit-default',
          results: [
            {
              task: { type: 'tabular-classification' },
              dataset: { name: 'applications-2026-q1' },
              metrics: expect.arrayContaining([
                expect.objectContaining({ type: 'roc_auc', value: 0.9412 }),
              ]),
            },
          ],
        },
      ],
    });
  });

  it('has front matter that parses whatever the names are', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const card = buildCard(facts);
        const found = frontMatterOf(toMarkdown(card).replace(/^---\n[\s\S]*?\n---$/m, (m) => m));
        expect(found.tags).toHaveLength(1 + Object.keys(card.details.tags).length);
      }),
    );
  });

  it.each([
    ['<script>', '\\<script\\>'],
    ['[x](javascript:alert(1))', '\\[x\\](javascript\\:alert(1))'],
    ['a | b', 'a \\| b'],
    ['- item\n# heading', '\\- item \\# heading'],
  ])('shows %j as text', (text, shown) => {
    expect(plain(text)).toBe(shown);
  });

  it('says of each section what is missing', () => {
    expect(toMarkdown(poor).match(/Not measured: /g)).toHaveLength(8);
  });
});
