import { STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';

/** Where AWS is, and by which of the SDK's own settings its credentials are found. */
export type AwsOptions = {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
  readonly configFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
  /** Goes into the user agent, so that CloudTrail rows can be joined to this tool. */
  readonly toolVersion: string;
  /** Shared by all that speak for one run; without it, found anew. */
  readonly identity?: AwsIdentity | undefined;
};

/** Who asks AWS, and in which region: as the SDK settles it, which keeps credentials until shortly before they expire. */
export type AwsIdentity = Pick<STSClient['config'], 'credentials' | 'region' | 'sha256'>;

/**
 * Finds out who asks: profile, SSO, assumed role, environment, container, instance. It must be one for control plane, data
 * plane and MQTT: each that assumed a role by itself would have a session of its own, and take the others' for a colleague's.
 */
export function identityFrom(options: AwsOptions): AwsIdentity {
  // This client sends nothing: it is what makes the SDK keep the credentials and settle the region.
  const client = new STSClient({ ...placeOf(options), credentials: chainFrom(options) });
  const { credentials, region, sha256 } = client.config;
  return { credentials, region, sha256 };
}

/** What every client of the SDK is made with. */
export function clientConfig(options: AwsOptions) {
  const identity = options.identity ?? identityFrom(options);
  return { ...placeOf(options), ...identity, customUserAgent: `evict/${options.toolVersion}` };
}

function placeOf({ region, profile, endpointUrl }: AwsOptions) {
  return {
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
  };
}

/**
 * The SDK's own chain; a credentials file that the configuration names stands before all of it, the environment included.
 * A role is assumed where everything else is asked, too: `--endpoint-url` stands for every service.
 */
function chainFrom({ profile, configFile, credentialsFile, endpointUrl, region }: AwsOptions) {
  const shared = {
    clientConfig: placeOf({ region, endpointUrl, toolVersion: '' }),
    ...(profile === undefined ? {} : { profile }),
    ...(configFile === undefined ? {} : { configFilepath: configFile }),
    ...(credentialsFile === undefined ? {} : { filepath: credentialsFile }),
  };
  return credentialsFile === undefined ? defaultProvider(shared) : fromIni(shared);
}
