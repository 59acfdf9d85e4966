import { edgeHandler } from '../artifact-host.ts';

/** Of the host of artifacts (Lambda@Edge): all but files goes from it to the API. */
export const handler = edgeHandler((host) => `https://${host}`);
