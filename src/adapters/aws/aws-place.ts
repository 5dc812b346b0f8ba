import type { AwsOptions } from './credentials.ts';

type Service = 'IOT' | 'IOT_DATA_PLANE';

/** Where a service is asked, in words: at an endpoint that was given, one way or another, or else at AWS. */
export function awsPlace({ endpointUrl, region }: AwsOptions, service: Service = 'IOT'): string {
  const { [`AWS_ENDPOINT_URL_${service}`]: own, AWS_ENDPOINT_URL: everywhere } = process.env;
  return endpointUrl ?? (own || everywhere || `AWS ${region ?? "in the profile's region"}`);
}
