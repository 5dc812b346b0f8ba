import { STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { mfaRoles } from './mfa.ts';
import type { AskMfaCode } from './mfa.ts';
import type { Network } from './network.ts';
import { sharedFiles } from './profiles.ts';
import { explainSignIn } from './sign-in.ts';

/** Where AWS is, and by which of the SDK's own settings its credentials are found. */
export type AwsOptions = {
  readonly region?: string | undefined;
  readonly profile?: string | undefined;
  readonly endpointUrl?: string | undefined;
  readonly configFile?: string | undefined;
  readonly credentialsFile?: string | undefined;
  /** How it is reached; without it, directly. */
  readonly network?: Network | undefined;
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
 * `askMfaCode` is for a role that takes one.
 */
export function identityFrom(options: AwsOptions, askMfaCode?: AskMfaCode): AwsIdentity {
  const chain = chainFrom(options, askMfaCode);
  const credentials: typeof chain = async (about) => {
    try {
      return await chain(about);
    } catch (error) {
      throw await explainSignIn(error, options);
    }
  };
  // This client sends nothing: it is what makes the SDK keep the credentials and settle the region.
  const client = new STSClient({ ...placeOf(options), credentials });
  const { config } = client;
  return { credentials: config.credentials, region: config.region, sha256: config.sha256 };
}

/** What every client of the SDK is made with. */
export function clientConfig(options: AwsOptions) {
  const identity = options.identity ?? identityFrom(options);
  return { ...placeOf(options), ...identity, customUserAgent: `evict/${options.toolVersion}` };
}

function placeOf({ region, profile, endpointUrl, network }: AwsOptions) {
  const requestHandler = network?.requestHandler;
  return {
    ...(requestHandler === undefined ? {} : { requestHandler }),
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl }),
  };
}

/**
 * The SDK's own chain; a credentials file that the configuration names stands before all of it, the environment included.
 * A role is assumed where everything else is asked, too: `--endpoint-url` stands for every service.
 */
function chainFrom(options: AwsOptions, askMfaCode: AskMfaCode | undefined) {
  const clientConfig = placeOf({ ...options, profile: undefined });
  const shared = {
    clientConfig,
    ...sharedFiles(options),
    ...(askMfaCode === undefined ? {} : mfaRoles(askMfaCode, placeOf(options))),
  };
  return options.credentialsFile === undefined ? defaultProvider(shared) : fromIni(shared);
}
