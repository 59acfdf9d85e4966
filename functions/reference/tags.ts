/** Groups of operations, in the order of a first day; the last part of a path that names one decides. */
export const TAGS = [
  tag('models', 'A model is a name, a task and what belongs to it.'),
  tag('versions', 'A version is an ONNX file with its signature and lineage.', [
    'uploads',
    'registrations',
  ]),
  tag('aliases', 'Names such as `champion` that point at a version, now and at any earlier time.'),
  tag('datasets', 'Registered data, with its schema and profile.'),
  tag('validations', 'Examinations of versions: what was measured, and the verdict.'),
  tag('approvals', 'Decisions of people on what waits for one.'),
  tag('policies', 'What versions must show before they carry traffic.'),
  tag('model cards', 'All that is on record of a version, for people and other tools.', ['card']),
  tag('endpoints', 'What clients call: a name, and the versions behind it.'),
  tag('predictions', 'Rows of named columns in, a prediction for each out.'),
  tag('feedback', 'What turned out to be true of predictions.'),
  tag('open inference protocol', 'Tensors in and out, for any client of the protocol.', ['v2']),
  tag('jobs', 'Files of any size in, their predictions out.'),
  tag('training runs', 'What MLflow’s clients logged, and what it takes to run it again.'),
  tag('bundles', 'What runs on devices: signed archives, who gets them, what comes back.', [
    'bundle-key',
    'devices',
  ]),
  tag('traffic', 'What an endpoint answered, by variant.'),
  tag('rollouts', 'Traffic moved to another version step by step, and back by itself.'),
  tag('experiments', 'Variants compared on real traffic, with a verdict.'),
  tag('monitors', 'Drift, data quality, performance and health of an endpoint, window by window.', [
    'monitor',
    'reports',
  ]),
  tag('metrics', 'What Prometheus scrapes.'),
  tag('tokens', 'Who may do what: API tokens with scopes.'),
  tag('webhooks', 'Events sent to a URL, signed.'),
  tag('audit', 'Who did what to what.'),
  tag('about', 'Health and this reference.', ['health', 'openapi.json', 'docs']),
];

function tag(name: string, description: string, segments: readonly string[] = [name]) {
  return { name, description, segments: [name, ...segments] };
}

/** The tag of a path's deepest part that has one. */
export function tagOf(path: string): string | undefined {
  const segments = path.split('/').slice(1);
  if (segments[0] === 'v2') return 'open inference protocol';
  // Monitors have runs too.
  if (segments[2] === 'runs') return 'training runs';
  const last = segments.findLast((segment) => TAGS.some((t) => t.segments.includes(segment)));
  return TAGS.find(({ segments: own }) => own.includes(last ?? ''))?.name;
}
