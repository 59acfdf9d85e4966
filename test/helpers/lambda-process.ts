import { Recorder } from '../../functions/inference/capture/recorder.ts';
import { startCapture } from '../../functions/inference/realtime/capture-window.ts';
import { lambdaHost } from '../../functions/inference/realtime/lambda-host.ts';
import { INSTANCE } from './capture.ts';
import { serviceOf } from './inference.ts';
import { artifactOf } from './tiny-model.ts';
import { treeModel } from './tree-model.ts';

/*
 * A process that does what Lambda's runtime does with a handler: asks AWS_LAMBDA_RUNTIME_API for an
 * event, answers, asks again. What its captures write is reported to that server too, in order.
 */

const { AWS_LAMBDA_RUNTIME_API: api, CAPTURE_AGE = '0' } = process.env;
const at = (path: string) => `http://${api}/${path}`;
const report = async (what: string) => void (await fetch(at(`test/${what}`), { method: 'POST' }));

const recorder = new Recorder({
  sink: { putFile: () => report('file'), putSummary: () => report('summary') },
  ...{ instance: INSTANCE, memoryMb: 1000, now: Date.now },
  warn: (message, cause) => console.error(message, cause),
  limits: { age: Number(CAPTURE_AGE) },
});
const deployed = treeModel({ trees: 1, depth: 1, features: 1 });
const service = serviceOf({ it: deployed }, {}, { capture: { share: 1, mask: [], drop: [] } });
await service.sessions.load(artifactOf(deployed.model));
const handler = lambdaHost(service, () => {}, startCapture(recorder, console.error));

const runtime = '2018-06-01/runtime/invocation';
for (;;) {
  const next = await fetch(at(`${runtime}/next`));
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const answer = await handler((await next.json()) as Parameters<typeof handler>[0]);
  const body = JSON.stringify(answer);
  await fetch(at(`${runtime}/${id}/response`), { method: 'POST', body });
}
