import type { AwsOptions } from './credentials.ts';

/** As their variables name them. */
type Service = 'IOT' | 'IOT_DATA_PLANE' | 'CLOUDWATCH_LOGS' | 'DYNAMODB' | 'S3';

/** Where a service is asked, in words: at an endpoint that was given, one way or another, or else at AWS. */
export function awsPlace(
  { endpointUrl, region }: Pick<AwsOptions, 'endpointUrl' | 'region'>,
  service: Service = 'IOT',
): string {
  const { [`AWS_ENDPOINT_URL_${service}`]: own, AWS_ENDPOINT_URL: everywhere } = process.env;
  return endpointUrl ?? (own || everywhere || `AWS ${region ?? "in the profile's region"}`);
}
