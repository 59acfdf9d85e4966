import { escapeHtml as e } from '#shared/escape-html.ts';
import { fieldRows, fieldTable, inline, type Schema, typeOf } from './schema.ts';

interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
}
interface Described {
  readonly description?: string;
  readonly content?: Record<string, Media>;
  readonly $ref?: string;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
  readonly example?: unknown;
}

/** An operation of the document, as far as the page shows it. */
export interface ShownOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Record<string, Media> };
  readonly responses: Record<string, Described>;
}

/** Components that operations refer to. */
export interface Components {
  readonly schemas: Record<string, Schema>;
  readonly parameters: Record<string, unknown>;
  readonly responses: Record<string, unknown>;
}

const JSON_TYPE = 'application/json';
const pretty = (value: unknown): string => JSON.stringify(value, null, 2);

export const code = (text: string, label: string): string =>
  `<div class="code"><button type="button" data-copy aria-label="Copy ${e(label)}">Copy</button><pre tabindex="0">${e(text)}</pre></div>`;

/** One operation: closed it is a line, open it has everything. */
export function operationHtml(
  method: string,
  path: string,
  operation: ShownOperation,
  components: Components,
): string {
  const { operationId, summary, description, requestBody } = operation;
  const parameters = (operation.parameters ?? []).map((p) => resolve(p, components) as Parameter);
  const body = requestBody?.content[JSON_TYPE];
  const text = `${method} ${path} ${operationId} ${summary}`.toLowerCase();
  return `<details class="operation" id="${e(operationId)}" data-text="${e(text)}">
<summary><span class="method ${method}">${method.toUpperCase()}</span> <span class="path">${e(path)}</span><h3>${inline(summary)}</h3></summary>
<div class="body">
<p>${inline(description)}</p>
${parameters.length > 0 ? `<h4>Parameters</h4>${parameterTable(parameters)}` : ''}
${body ? `<h4>Body</h4>${bodyHtml(body, components)}` : ''}
<h4>Call</h4>${code(curlLine(method, path, { parameters, body, open: operation.security?.length === 0 }), 'the curl line')}
<h4>Answers</h4>${answersHtml(operation, components)}
</div>
</details>`;
}

/** What a reference points at, or the thing itself. */
function resolve(value: unknown, components: Components): unknown {
  const reference = (value as { $ref?: string }).$ref;
  if (!reference) return value;
  const [kind, name] = reference.split('/').slice(2) as [keyof Components, string];
  return components[kind][name];
}

const parameterTable = (parameters: readonly Parameter[]): string =>
  fieldTable(
    parameters
      .map(
        ({ name, in: place, required, schema, description }) =>
          `<tr><td><code>${e(name)}</code>${required ? ' <span class="required">required</span>' : ''} <span class="muted small">${e(place)}</span></td><td>${typeOf(schema)}</td><td>${inline(description)}</td></tr>`,
      )
      .join(''),
  );

function bodyHtml({ schema = {} }: Media, components: Components): string {
  const fields = fieldRows(resolve(schema, components) as Schema);
  return `<p class="small muted">${typeOf(schema)}</p>${fieldTable(fields)}`;
}

function answersHtml({ responses }: ShownOperation, components: Components): string {
  const all = Object.entries(responses).map(([status, given]) => {
    return [status, resolve(given, components) as Described] as const;
  });
  const good = all.filter(([status]) => status.startsWith('2'));
  const rest = all.filter(([status]) => !status.startsWith('2'));
  return [
    ...good.map(([status, answer]) => {
      const { schema, example } = answer.content?.[JSON_TYPE] ?? {};
      const shown = example === undefined ? '' : code(pretty(example), `the answer ${status}`);
      return `<p class="small"><code>${status}</code> ${schema ? typeOf(schema) : 'no body'}</p>${shown}`;
    }),
    `<ul class="answers">${rest.map(([status, { description }]) => `<li><code>${status}</code> ${inline(description)}</li>`).join('')}</ul>`,
  ].join('');
}

interface CurlParts {
  readonly parameters: readonly Parameter[];
  readonly body: Media | undefined;
  readonly open: boolean;
}

/** A line for a shell in which SKIFF_URL and SKIFF_TOKEN are set. */
export function curlLine(method: string, path: string, { parameters, body, open }: CurlParts) {
  const given = (place: string) =>
    parameters.filter((p) => p.in === place && p.example !== undefined);
  const filled = given('path').reduce(
    (text, { name, example }) => text.replace(`{${name}}`, encodeURIComponent(String(example))),
    path,
  );
  const query = given('query').map(
    ({ name, example }) => `${name}=${encodeURIComponent(String(example))}`,
  );
  const url = `$SKIFF_URL${filled}${query.length > 0 ? `?${query.join('&')}` : ''}`;
  return [
    `curl${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "${url}"`,
    ...(open ? [] : ['  -H "Authorization: Bearer $SKIFF_TOKEN"']),
    ...(body
      ? [
          "  -H 'content-type: application/json'",
          `  -d '${JSON.stringify(body.example ?? {}).replaceAll("'", "'\\''")}'`,
        ]
      : []),
  ].join(' \\\n');
}
