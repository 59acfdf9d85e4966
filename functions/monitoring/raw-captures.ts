import { settings } from './settings.ts';

/** Where a person sees what lies below a prefix: in AWS's console, or as a local AWS lists it. */
export function linkToPrefix(prefix: string): string {
  const { DATA_BUCKET: bucket, AWS_ENDPOINT_URL: local, AWS_REGION: region } = settings();
  return local
    ? `${local}/${bucket}?${new URLSearchParams({ 'list-type': '2', prefix })}`
    : `https://console.aws.amazon.com/s3/buckets/${bucket}?${new URLSearchParams({ region, prefix })}`;
}
