import type { Recorder } from '../capture/recorder.ts';
import { joinLambda } from './lambda-extension.ts';
import type { Capture } from './lambda-host.ts';

type Warn = (message: string, cause: unknown) => void;

/** Lambda gives half a second from its signal to the end; what is not written then is lost. */
const LAST_FLUSH_MS = 400;
/** For the answer to leave first: writing takes the processor for some milliseconds. */
const AFTER_ANSWER_MS = 2;

/**
 * When captures are written: on Lambda between an answer and the next request, where the function
 * would be frozen otherwise; anywhere else by the clock.
 */
export function startCapture(recorder: Recorder, warn: Warn): Capture {
  process.once('SIGTERM', () => {
    const end = () => process.exit(0);
    setTimeout(end, LAST_FLUSH_MS);
    void recorder.flush().then(end);
  });
  const { AWS_LAMBDA_RUNTIME_API: api } = process.env;
  const answered = api ? betweenRequests(recorder, api, warn) : byTheClock(recorder);
  return { record: (trace) => recorder.record(trace), answered };
}

function betweenRequests(recorder: Recorder, api: string, warn: Warn): () => void {
  const lambda = joinLambda(api, warn);
  return () => {
    if (!recorder.isDue) {
      lambda.ready();
      return;
    }
    setTimeout(() => void recorder.flush().finally(lambda.ready), AFTER_ANSWER_MS);
  };
}

function byTheClock(recorder: Recorder): () => void {
  let timer: NodeJS.Timeout | undefined;
  const write = () => {
    timer = undefined;
    void recorder.flush();
  };
  return () => {
    if (timer && !recorder.isFull) return;
    clearTimeout(timer);
    timer = setTimeout(write, recorder.isFull ? AFTER_ANSWER_MS : recorder.age).unref();
  };
}
