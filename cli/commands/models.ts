import { argument, commands, limit, oneOf, string, tagsOf, take } from '../arguments.ts';
import { facts, table, time } from '../output.ts';

const TASKS = ['binary', 'multiclass', 'regression', 'ranking', 'embedding', 'other'] as const;

export const models = commands([
  {
    name: 'models list',
    summary: 'Models by name',
    arguments: [],
    options: {
      limit,
      task: string('only of this task', '<task>'),
      owner: string('only of this owner', '<owner>'),
      tag: string('only with this tag: key or key:value', '<tag>'),
    },
    examples: ['skiff models list', 'skiff models list --tag team:risk --json'],
    async run(invocation) {
      const { out } = invocation;
      const task = invocation.text('task');
      const query = {
        ...(task && { task: oneOf(task, '--task', TASKS) }),
        owner: invocation.text('owner'),
        tag: invocation.text('tag'),
      };
      const list = await take(
        invocation,
        invocation.client().pages('GET /api/v1/models', { query }),
      );
      out.result(list, () =>
        list.length === 0
          ? 'there are no models yet: skiff models create <name> --task <task>'
          : table(
              out,
              ['name', 'task', 'versions', 'owner', 'changed'],
              list.map((m) => [m.name, m.task, `${m.latestVersion}`, m.owner, time(m.updatedAt)]),
            ),
      );
    },
  },
  {
    name: 'models show',
    summary: 'One model and its aliases',
    arguments: ['<model>'],
    examples: ['skiff models show biopsies'],
    async run(invocation) {
      const { out } = invocation;
      const client = invocation.client();
      const params = { model: argument(invocation, 0) };
      const model = await client.call('GET /api/v1/models/{model}', { params });
      const { items } = await client.call('GET /api/v1/models/{model}/aliases', { params });
      out.result({ ...model, aliases: items }, () =>
        facts(out, [
          ['name', model.name],
          ['task', model.task],
          ['description', model.description],
          ['owner', model.owner],
          [
            'tags',
            Object.entries(model.tags)
              .map(([key, value]) => `${key}=${value}`)
              .join(', '),
          ],
          ['policy', model.policy],
          ['newest version', model.latestVersion || 'none yet'],
          ['aliases', items.map(({ alias, version }) => `${alias} → ${version}`).join(', ')],
          ['created', time(model.createdAt)],
        ]),
      );
    },
  },
  {
    name: 'models create',
    summary: 'Register a model',
    arguments: ['<model>'],
    options: {
      task: string(TASKS.join(', '), '<task>'),
      description: string('what it is for', '<text>', { short: 'd' }),
      owner: string('whose it is (default: you)', '<owner>'),
      policy: string('what its versions must show (default: default)', '<policy>'),
      tag: string('may be given several times', '<key=value>', { multiple: true }),
    },
    examples: ['skiff models create biopsies --task binary --tag team=pathology'],
    async run(invocation) {
      const { out } = invocation;
      const owner = invocation.text('owner');
      const policy = invocation.text('policy');
      const model = await invocation.client().call('POST /api/v1/models', {
        body: {
          name: argument(invocation, 0),
          task: oneOf(invocation.text('task') ?? '', '--task', TASKS),
          description: invocation.text('description') ?? '',
          tags: tagsOf(invocation.texts('tag')),
          ...(owner && { owner }),
          ...(policy && { policy }),
        },
      });
      out.result(
        model,
        () =>
          `${model.name} is registered; next: skiff versions register ${model.name} model.onnx --wait`,
      );
    },
  },
  {
    name: 'models delete',
    summary: 'Delete a model softly; refused while an endpoint serves it',
    arguments: ['<model>'],
    examples: ['skiff models delete biopsies'],
    async run(invocation) {
      const model = argument(invocation, 0);
      await invocation.client().call('DELETE /api/v1/models/{model}', { params: { model } });
      invocation.out.result({ deleted: model }, () => `${model} is deleted`);
    },
  },
  {
    name: 'aliases set',
    summary: 'Let an alias of a model point at a version',
    arguments: ['<model>', '<alias>', '<version>'],
    examples: ['skiff aliases set biopsies champion 3'],
    async run(invocation) {
      const [model, alias] = [argument(invocation, 0), argument(invocation, 1)];
      const version = Number(argument(invocation, 2));
      const set = await invocation.client().call('PUT /api/v1/models/{model}/aliases/{alias}', {
        params: { model, alias },
        body: { version },
      });
      invocation.out.result(set, () => `${alias} → ${set.version}`);
    },
  },
]);
