import { escapeHtml as e } from '../escape-html.ts';
import type { Block, Section, Table } from './blocks.ts';
import { drawPlot } from './plots.ts';
import { STYLE, STYLE_SOURCE } from './style.ts';

/** The page may load nothing and run nothing, wherever it is opened. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src ${STYLE_SOURCE}; base-uri 'none'; form-action 'none'`;

/** What a page is made of. `heading` and `lead` are HTML, all else is plain text. */
export interface Page {
  readonly title: string;
  readonly eyebrow: string;
  readonly heading: string;
  readonly meta: readonly string[];
  /** Before the sections. */
  readonly lead: string;
  readonly sections: readonly Section[];
  readonly footer: string;
}

/** One self-contained page: light or dark as its reader has it, on a phone or a desk. */
export function renderPage({
  title,
  eyebrow,
  heading,
  meta,
  lead,
  sections,
  footer,
}: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${e(CONTENT_SECURITY_POLICY)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${e(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="eyebrow">${e(eyebrow)}</p>
${heading}
<p class="meta">${meta.map((part) => `<span>${e(part)}</span>`).join('')}</p>
</header>
<div class="layout">
<nav aria-label="Sections"><ul>${sections.map(({ id, title: name }) => `<li><a href="#${id}">${e(name)}</a></li>`).join('')}</ul></nav>
<main>
${lead}
${sections.map(section).join('\n')}
</main>
</div>
<footer><p>${e(footer)}</p></footer>
</body>
</html>
`;
}

const section = ({ id, title, blocks }: Section): string =>
  `<section aria-labelledby="${id}">\n<h2 id="${id}">${e(title)}</h2>\n${blocks.map(block).join('\n')}\n</section>`;

function block(found: Block): string {
  switch (found.kind) {
    case 'text':
      return paragraphs(found.text);
    case 'note':
      return paragraphs(found.text, 'note');
    case 'heading':
      return `<h3>${e(found.text)}</h3>`;
    case 'list':
      return `<ul>${found.items.map((item) => `<li>${lines(item)}</li>`).join('')}</ul>`;
    case 'facts':
      return `<dl>${found.rows.map(([term, value]) => `<div><dt>${e(term)}</dt><dd>${e(value)}</dd></div>`).join('')}</dl>`;
    case 'table':
      return tableHtml(found);
    case 'plots':
      return `<div class="plots">${found.plots.map((plot) => drawPlot(plot)).join('')}</div>`;
  }
}

/** Beyond this a page is no longer read; the JSON holds the rest. */
const MAX_ROWS = 100;

export function tableHtml({ caption, head, numeric, rows, links = [] }: Table): string {
  if (rows.length === 0) return `<p class="note">${e(caption)}: none.</p>`;
  const first = (cell: string, href: string | undefined) =>
    href === undefined ? e(cell) : `<a href="${e(href)}">${e(cell)}</a>`;
  const as = (column: number) => (numeric[column] ? ' class="number"' : '');
  const body = rows
    .slice(0, MAX_ROWS)
    .map(
      (row, r) =>
        `<tr>${row.map((cell, i) => (i === 0 ? `<th scope="row"${as(0)}>${first(cell, links[r])}</th>` : `<td${as(i)}>${e(cell)}</td>`)).join('')}</tr>`,
    );
  const more = rows.length - MAX_ROWS;
  return `<div class="scroll" role="region" aria-label="${e(caption)}" tabindex="0"><table><caption>${e(caption)}</caption><thead><tr>${head.map((title, i) => `<th scope="col"${as(i)}>${e(title)}</th>`).join('')}</tr></thead><tbody>${body.join('')}</tbody></table></div>${more > 0 ? `<p class="note">${more} more rows: the JSON holds all.</p>` : ''}`;
}

const lines = (value: string): string => e(value).replaceAll('\n', '<br>');

export const paragraphs = (value: string, style = ''): string =>
  value
    .split(/\n\s*\n/)
    .map((part) => `<p${style && ` class="${style}"`}>${lines(part)}</p>`)
    .join('');
