import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/cli/system.ts';
import { EvictError } from '../../src/domain/errors.ts';
import { findBroker } from '../../src/response/find-broker.ts';
import { aPlan, aRequest } from '../domain/an-incident.ts';
import { aCloud } from './a-thread.ts';

const never = new AbortController().signal;

function finding({
  method = 'takeover',
  given,
}: {
  method?: 'takeover' | 'api' | 'both' | 'none';
  given?: string;
}) {
  const mqttEndpoint = () =>
    Promise.reject(new EvictError('access-denied', 'DescribeEndpoint: no', { hint: 'ask for it' }));
  const ports = {
    clock: systemClock,
    cloud: { ...aCloud().ports.cloud, mqttEndpoint },
    context: { toolVersion: 'test', user: 'u', host: 'h', mqttEndpoint: given },
  };
  return findBroker(aRequest(), { ...aPlan(), method }, ports, never);
}

describe('a broker that cannot be found', () => {
  it.each(['takeover', 'both'] as const)('ends a run by %s before anything is changed', async (method) => {
    await expect(finding({ method })).rejects.toMatchObject({ code: 'access-denied', source: 'cloud' });
  });

  it.each(['api', 'none'] as const)('is not needed for a run by %s', async (method) => {
    await expect(finding({ method })).resolves.toBeUndefined();
  });

  it('is not asked for where one was named', async () => {
    await expect(finding({ given: 'wss://broker.example/mqtt' })).resolves.toBeUndefined();
  });
});
