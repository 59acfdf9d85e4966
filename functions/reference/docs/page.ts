import { createHash } from 'node:crypto';
import { escapeHtml as e } from '#shared/escape-html.ts';
import type { openApi } from '../openapi.ts';
import { type Components, code, operationHtml, type ShownOperation } from './operation.ts';
import { fieldRows, fieldTable, inline, type Schema, typeOf } from './schema.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

type Document = ReturnType<typeof openApi>;

const digest = (text: string): string =>
  `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page runs its own script and loads nothing. */
export const CONTENT_SECURITY_POLICY = `default-src 'none'; style-src ${digest(STYLE)}; script-src ${digest(SCRIPT)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** The reference as one self-contained page: the same for everyone, and without anybody's data. */
export function docsPage(document: Document): string {
  const { info, tags, paths } = document;
  const components = document.components as unknown as Components;
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method,
      path,
      operation: operation as ShownOperation & { tags: string[] },
    })),
  );
  const groups = tags.map((tag) => ({
    ...tag,
    id: tag.name.replaceAll(' ', '-'),
    operations: all.filter(({ operation }) => operation.tags.includes(tag.name)),
  }));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Skiff: API reference</title>
<style>${STYLE}</style>
</head>
<body>
<a class="skip" href="#operations">Skip to the operations</a>
<header>
<h1>Skiff: API reference</h1>
${info.description
  .split('\n\n')
  .map((text) => `<p>${inline(text)}</p>`)
  .join('')}
<p>The same as a document for tools is at <code>GET /api/v1/openapi.json</code>. The lines below run in a shell that knows your deployment:</p>
${code("export SKIFF_URL='https://…'\nexport SKIFF_TOKEN='skiff_…'", 'the settings')}
</header>
<div class="layout">
<nav aria-label="Operations">
<label for="filter">Filter <span class="small">(press /)</span></label>
<input id="filter" type="search" autocomplete="off" spellcheck="false">
<div class="groups">${groups.map(groupLinks).join('')}<ul><li><a href="#schemas">Schemas</a></li></ul></div>
</nav>
<main id="operations">
${groups
  .map(
    ({ id, name, description, operations }) =>
      `<section id="tag-${id}"><h2>${e(name)}</h2><p class="muted">${inline(description)}</p>${operations.map(({ method, path, operation }) => operationHtml(method, path, operation, components)).join('\n')}</section>`,
  )
  .join('\n')}
<section id="schemas"><h2>Schemas</h2>${Object.entries(components.schemas).map(schemaHtml).join('\n')}</section>
</main>
</div>
<footer><p>Made from the schemas that every request is checked with.</p></footer>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly operations: readonly { method: string; operation: ShownOperation }[];
}

const groupLinks = ({ id, name, operations }: Group): string =>
  `<details><summary><a href="#tag-${id}">${e(name)}</a></summary><ul>${operations
    .map(
      ({ operation }) =>
        `<li><a href="#${e(operation.operationId)}">${e(operation.operationId)}</a></li>`,
    )
    .join('')}</ul></details>`;

const schemaHtml = ([name, schema]: [string, Schema]): string =>
  `<details class="operation" id="schema-${e(name)}" data-text="${e(name.toLowerCase())}"><summary><span class="path">${e(name)}</span></summary><div class="body"><p>${inline(schema.description)}</p>${fieldTable(fieldRows(schema)) || `<p>${typeOf(schema)}</p>`}</div></details>`;
