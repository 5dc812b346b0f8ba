import { findingOf } from './checkup.ts';
import type { Check, Finding, Trial } from './checkup.ts';
import type { ErrorCode } from './errors.ts';
import { permissionCheck } from './permissions.ts';
import type { PermissionQuestion, ProbeAnswer } from './permissions.ts';

/** What DescribeEndpoint showed, and where it was asked. */
export type EndpointReadings = {
  readonly described: Trial<ProbeAnswer>;
  /** Where the request went; undefined when none was sent. */
  readonly controlUrl: string | undefined;
  /** The broker that the settings name. */
  readonly mqttUrl: string | undefined;
};

/** Whoever says no was reached. */
const REACHED: ReadonlySet<ErrorCode> = new Set(['access-denied', 'service-refused']);

/** Whether AWS IoT answers where it is asked. */
export function isReached(described: Trial<ProbeAnswer>): boolean {
  return described.kind === 'done' || (described.kind === 'failed' && REACHED.has(described.error.code));
}

/** The control plane, the account's own endpoint, and the permission to ask for it. */
export function endpointChecks(readings: EndpointReadings, question: PermissionQuestion): Check[] {
  return [
    controlPlaneCheck(readings),
    accountEndpointCheck(readings),
    describeEndpointCheck(readings, question),
  ];
}

/** The host of the account's own endpoint, as far as it is known. DescribeEndpoint may answer `host:port`. */
export function accountHost(described: Trial<ProbeAnswer>): string | undefined {
  const address = addressOf(described);
  return address !== undefined && URL.canParse(`mqtts://${address}`)
    ? new URL(`mqtts://${address}`).hostname
    : undefined;
}

export function addressOf(described: Trial<ProbeAnswer>): string | undefined {
  return described.kind === 'done' && described.value.kind === 'answered'
    ? described.value.detail
    : undefined;
}

function controlPlaneCheck({ described, controlUrl = 'AWS IoT' }: EndpointReadings): Check {
  const answers: Finding = { status: 'ok', message: `${controlUrl} answers` };
  const finding = isReached(described)
    ? answers
    : findingOf(described, {
        done: () => answers,
        failed: ({ code }) => ({ status: code === 'endpoint-unreachable' ? 'fail' : 'unknown' }),
      });
  return {
    id: 'control-plane',
    group: 'endpoints',
    ...finding,
    neededFor: ['dry-run', 'respond-by-websocket', 'respond-by-certificate', 'kick-by-api', 'detach'],
  };
}

function accountEndpointCheck({ described, mqttUrl }: EndpointReadings): Check {
  const unknown: Finding = { status: 'unknown', message: 'the endpoint of this account is not known' };
  const finding = findingOf(described, {
    done: ({ kind }) => {
      const host = addressOf(described);
      return kind === 'answered' && host !== undefined
        ? { status: 'ok', message: `iot:Data-ATS is ${host}` }
        : unknown;
    },
    failed: () => unknown,
  });
  return {
    id: 'data-endpoint',
    group: 'endpoints',
    ...finding,
    neededFor: mqttUrl === undefined ? ['respond-by-websocket', 'watch'] : [],
  };
}

function describeEndpointCheck(
  { described, mqttUrl }: EndpointReadings,
  question: PermissionQuestion,
): Check {
  const found = permissionCheck('iot:DescribeEndpoint', described, question);
  return mqttUrl === undefined ? found : { ...found, neededFor: [] };
}
