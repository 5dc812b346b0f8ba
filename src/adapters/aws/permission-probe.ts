import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  AttachPolicyCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DetachPolicyCommand,
  GetEffectivePoliciesCommand,
  GetTopicRuleCommand,
  GetV2LoggingOptionsCommand,
  IoTClient,
  ListAttachedPoliciesCommand,
  ListPrincipalThingsCommand,
  ListThingPrincipalsCommand,
  ListTopicRulesCommand,
  ResourceNotFoundException,
  TestAuthorizationCommand,
  UpdateCertificateCommand,
} from '@aws-sdk/client-iot';
import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  IoTDataPlaneClient,
  ListSubscriptionsCommand,
} from '@aws-sdk/client-iot-data-plane';
import type { PermissionProbe } from '../../domain/checkup-ports.ts';
import { EvictError, messageOf, nameOf } from '../../domain/errors.ts';
import type { Nothing } from '../../domain/nothing.ts';
import type { ProbeAnswer, ProbedPermission } from '../../domain/permissions.ts';
import { DEFAULT_LOG_GROUP } from '../../domain/refusal-log.ts';
import { orAbort } from '../../domain/signals.ts';
import { clientConfig } from './credentials.ts';
import type { AwsOptions } from './credentials.ts';
import { asEvictError, named } from './sdk-error.ts';

export type ProbeOptions = AwsOptions & {
  /** The data plane's own endpoint, where one is set. */
  readonly dataEndpointUrl: string | undefined;
};

type Clients = {
  readonly iot: IoTClient;
  readonly data: IoTDataPlaneClient;
  readonly logs: CloudWatchLogsClient;
};
type Options = { readonly abortSignal: AbortSignal };
type Call = (clients: Clients, nothing: Nothing, options: Options) => Promise<unknown>;

/**
 * Each call that could have an effect is made on what cannot exist, so that none has one: no certificate has the SHA-256 of zeros, the policy's and
 * the client's names are random, and attaching or detaching would need both the certificate and the policy to be there.
 */
const CALLS: Readonly<Record<ProbedPermission, Call>> = {
  'iot:DescribeCertificate': ({ iot }, { certificateId }, options) =>
    iot.send(new DescribeCertificateCommand({ certificateId }), options),
  'iot:UpdateCertificate': ({ iot }, { certificateId }, options) =>
    iot.send(new UpdateCertificateCommand({ certificateId, newStatus: 'INACTIVE' }), options),
  'iot:ListPrincipalThings': ({ iot }, { certificateArn }, options) =>
    iot.send(new ListPrincipalThingsCommand({ principal: certificateArn, maxResults: 1 }), options),
  'iot:ListAttachedPolicies': ({ iot }, { certificateArn }, options) =>
    iot.send(new ListAttachedPoliciesCommand({ target: certificateArn, pageSize: 1 }), options),
  'iot:DetachPolicy': ({ iot }, { policyName, certificateArn }, options) =>
    iot.send(new DetachPolicyCommand({ policyName, target: certificateArn }), options),
  'iot:AttachPolicy': ({ iot }, { policyName, certificateArn }, options) =>
    iot.send(new AttachPolicyCommand({ policyName, target: certificateArn }), options),
  'iot:GetEffectivePolicies': ({ iot }, { certificateArn }, options) =>
    iot.send(new GetEffectivePoliciesCommand({ principal: certificateArn }), options),
  'iot:TestAuthorization': ({ iot }, { certificateArn, clientArn }, options) =>
    iot.send(
      new TestAuthorizationCommand({
        principal: certificateArn,
        authInfos: [{ actionType: 'CONNECT', resources: [clientArn] }],
      }),
      options,
    ),
  'iot:ListThingPrincipals': ({ iot }, { clientId }, options) =>
    iot.send(new ListThingPrincipalsCommand({ thingName: clientId, maxResults: 1 }), options),
  'iot:ListTopicRules': ({ iot }, _nothing, options) =>
    iot.send(new ListTopicRulesCommand({ maxResults: 1 }), options),
  'iot:GetTopicRule': ({ iot }, { ruleName }, options) =>
    iot.send(new GetTopicRuleCommand({ ruleName }), options).catch(asNoSuchRule),
  'iot:GetConnection': ({ data }, { clientId }, options) =>
    data.send(new GetConnectionCommand({ clientId }), options),
  'iot:DeleteConnection': ({ data }, { clientId }, options) =>
    data.send(new DeleteConnectionCommand({ clientId }), options),
  'iot:ListSubscriptions': ({ data }, { clientId }, options) =>
    data.send(new ListSubscriptionsCommand({ clientId, maxResults: 1 }), options),
  'iot:GetV2LoggingOptions': ({ iot }, _nothing, options) =>
    iot.send(new GetV2LoggingOptionsCommand({}), options),
  'logs:FilterLogEvents': ({ logs }, _nothing, options) =>
    logs.send(new FilterLogEventsCommand({ logGroupName: DEFAULT_LOG_GROUP, limit: 1 }), options),
};

/** What AWS says of a rule that is not there. Whoever may not ask is told so as of any other call: `AccessDeniedException`. */
function asNoSuchRule(error: unknown): never {
  if (!named(error, 'UnauthorizedException')) throw error;
  throw new ResourceNotFoundException({ message: messageOf(error), $metadata: {} });
}

/** Whoever is told that there is no such thing, or that it was never set, may make the call. */
const NOTHING = ['ResourceNotFoundException', 'NotConfiguredException'];

/** `AccessDeniedException` of the control plane, `ForbiddenException` of the data plane, and older names of theirs. */
const REFUSED = /^(AccessDenied|Forbidden|Unauthorized|NotAuthorized)/u;

/** Asks AWS IoT what the credentials allow. Throws `EvictError`s of source `cloud` for what is no answer. */
export class AwsPermissionProbe implements PermissionProbe, Disposable {
  readonly #options: ProbeOptions;
  readonly #iot: IoTClient;
  readonly #data: IoTDataPlaneClient;
  readonly #logs: CloudWatchLogsClient;
  #controlUrl: string | undefined;

  constructor(options: ProbeOptions) {
    this.#options = options;
    const { dataEndpointUrl, ...others } = options;
    this.#iot = new IoTClient(clientConfig(others));
    this.#logs = new CloudWatchLogsClient(clientConfig(others));
    this.#data = new IoTDataPlaneClient(clientConfig({ ...others, endpointUrl: dataEndpointUrl }));
    this.#iot.middlewareStack.add(
      (next) => (args) => {
        this.#controlUrl = urlOf(args.request);
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low', name: 'evictControlUrl' },
    );
  }

  async region(): Promise<string> {
    try {
      return await this.#iot.config.region();
    } catch (error) {
      throw new EvictError('bad-option', `no region is set: ${messageOf(error)}`, {
        hint: 'give --region, or set AWS_REGION',
        cause: error,
      });
    }
  }

  describeEndpoint(signal: AbortSignal): Promise<ProbeAnswer> {
    return this.#ask('DescribeEndpoint', signal, async (options) => {
      const command = new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' });
      const { endpointAddress } = await this.#iot.send(command, options);
      if (endpointAddress !== undefined) return endpointAddress;
      throw new EvictError('service-failed', 'the answer to DescribeEndpoint is none of AWS IoT', {
        hint: 'check --endpoint-url',
      });
    });
  }

  attempt(name: ProbedPermission, on: Nothing, signal: AbortSignal): Promise<ProbeAnswer> {
    const clients = { iot: this.#iot, data: this.#data, logs: this.#logs };
    return this.#ask(name.replace(/^\w+:/u, ''), signal, async (options) => {
      await CALLS[name](clients, on, options);
      return undefined;
    });
  }

  controlUrl(): string | undefined {
    return this.#controlUrl;
  }

  [Symbol.dispose](): void {
    this.#iot.destroy();
    this.#data.destroy();
    this.#logs.destroy();
  }

  async #ask(
    call: string,
    signal: AbortSignal,
    send: (options: Options) => Promise<string | undefined>,
  ): Promise<ProbeAnswer> {
    try {
      return { kind: 'answered', detail: await orAbort(send({ abortSignal: signal }), signal) };
    } catch (error) {
      if (NOTHING.some((name) => named(error, name))) return { kind: 'not-found' };
      if (REFUSED.test(nameOf(error))) return { kind: 'refused', message: messageOf(error) };
      const where = this.#controlUrl ?? this.#options.endpointUrl ?? 'AWS';
      throw asEvictError(error, { call, where, signal, network: this.#options.network });
    }
  }
}

/** Where a request is about to go. */
function urlOf(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null) return undefined;
  if (!('protocol' in request) || !('hostname' in request)) return undefined;
  const port = 'port' in request && typeof request.port === 'number' ? `:${request.port}` : '';
  return `${String(request.protocol)}//${String(request.hostname)}${port}`;
}
