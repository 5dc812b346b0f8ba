import { brokerChecks } from '../domain/check-broker.ts';
import { accountHost, addressOf, endpointChecks, isReached } from '../domain/check-endpoints.ts';
import { proxyChecks } from '../domain/check-proxy.ts';
import { clockCheck, credentialsCheck, isNobody, regionCheck } from '../domain/check-identity.ts';
import { checkupDocumentOf } from '../domain/checkup.ts';
import type { Check, CheckupDocument, Trial } from '../domain/checkup.ts';
import type { Checkup, CheckupPorts, CheckupRequest } from '../domain/checkup-ports.ts';
import { nothingAt } from '../domain/nothing.ts';
import { PROBED, permissionCheck, placeOf } from '../domain/permissions.ts';
import type { Place, ProbeAnswer } from '../domain/permissions.ts';
import type { CallerReading } from '../domain/cloud-ports.ts';
import { checkSources, checkState } from './try-disk.ts';
import { tryRoutes } from './try-routes.ts';
import { tryBroker } from './try-broker.ts';
import { NO_CREDENTIALS, fewAtATime, skipped, tried } from './trial.ts';

/** AWS takes about ten a second of some of these calls, and others may be making them, too. */
const CALLS_AT_A_TIME = 4;
/** Random enough that nobody has the name. */
const NAME_DIGITS = 16;

/** Finds out, without changing anything, what would fail if there was an incident now. */
export async function examine(
  request: CheckupRequest,
  ports: CheckupPorts,
  signal: AbortSignal,
): Promise<CheckupDocument> {
  const checkup = { request, ports, signal };
  const { toolVersion, configured, responding } = request;
  const [cloud, events, state] = await Promise.all([
    examineCloud(checkup),
    checkSources(checkup),
    checkState(checkup),
  ]);
  const { caller, place, mqttUrl: endpoint, before, after } = cloud;
  return checkupDocumentOf({
    toolVersion,
    configured,
    responding,
    responder: { arn: caller?.arn, principal: caller?.principal },
    target: { account: caller?.account, region: place?.region, endpoint },
    clockSkewMs: ports.cloud.clockSkewMs(),
    checks: [...before, ...events, state, ...after],
  });
}

type CloudReading = {
  readonly caller: CallerReading | undefined;
  readonly place: Place | undefined;
  /** As configured, or else as AWS names it. */
  readonly mqttUrl: string | undefined;
  /** What AWS's APIs and the broker came to, in the order of the document. */
  readonly before: readonly Check[];
  readonly after: readonly Check[];
};

/** Who asks, and where, comes first: without it there is nothing to ask AWS. */
async function examineCloud(checkup: Checkup): Promise<CloudReading> {
  const { request, ports } = checkup;
  const region = await tried(checkup, () => ports.probe.region());
  const { caller, described } = await introduce(checkup, region);
  const place = placeOf(caller, region);
  const address = addressOf(described);
  const mqttUrl = request.mqttUrl ?? (address === undefined ? undefined : `wss://${address}/mqtt`);
  const [permissions, broker, routes] = await Promise.all([
    examinePermissions(checkup, { caller, described, place }),
    tryBroker(checkup, caller),
    tryRoutes(checkup, [ports.probe.controlUrl(), mqttUrl]),
  ]);
  const { responding, actions, profile, regionFrom: from } = request;
  const endpoints = { described, mqttUrl: request.mqttUrl, controlUrl: ports.probe.controlUrl() };
  return {
    caller: caller.kind === 'done' ? caller.value : undefined,
    place,
    mqttUrl,
    before: [
      credentialsCheck(caller, { responding, profile }),
      regionCheck(region, { responding, from }),
      clockCheck(ports.cloud.clockSkewMs(), responding),
      ...proxyChecks(routes, responding),
      ...endpointChecks(endpoints, { place, actions }),
      ...permissions,
    ],
    after: brokerChecks(broker, { ...request, mqttUrl, accountHost: accountHost(described), place }),
  };
}

type Introduction = { readonly caller: Trial<CallerReading>; readonly described: Trial<ProbeAnswer> };

/** Asks STS who we are, and AWS IoT where the broker is. */
async function introduce(checkup: Checkup, region: Trial<string>): Promise<Introduction> {
  const { cloud, probe } = checkup.ports;
  if (region.kind !== 'done')
    return { caller: skipped('needs a region'), described: skipped('needs a region') };
  const [caller, described] = await Promise.all([
    tried(checkup, (limit) => cloud.caller(limit)),
    tried(checkup, (limit) => probe.describeEndpoint(limit)),
  ]);
  const unsigned = described.kind === 'failed' && described.error.code === 'credentials-missing';
  return { caller, described: unsigned ? skipped(NO_CREDENTIALS) : described };
}

type Standing = Introduction & { readonly place: Place | undefined };

/** Asks for each call whether it may be made, by making it on something that cannot exist. */
async function examinePermissions(
  checkup: Checkup,
  { caller, described, place }: Standing,
): Promise<readonly Check[]> {
  const { actions } = checkup.request;
  const untried = (why: string) =>
    PROBED.map((name) => permissionCheck(name, skipped(why), { place, actions }));
  if (isNobody(caller)) return untried(NO_CREDENTIALS);
  if (place === undefined || !isReached(described)) return untried('needs an answer of AWS');
  const { probe, random } = checkup.ports;
  const nothing = nothingAt(place, random.hex(NAME_DIGITS));
  const probes = PROBED.map((name) => async () => {
    const answer = await tried(checkup, (limit) => probe.attempt(name, nothing, limit));
    return permissionCheck(name, answer, { place, actions });
  });
  return fewAtATime(CALLS_AT_A_TIME, probes);
}
