import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { systemRandomness } from '../../src/cli/system.ts';
import type { ActingPorts } from '../../src/domain/ports.ts';
import { resume } from '../../src/response/resume.ts';
import { aRequest, containedOnly, opened, planned } from '../domain/an-incident.ts';
import { aCloud, recordsInMemory } from './a-thread.ts';

const never = new AbortController().signal;

/** Whoever touches the client although nothing can be recorded is found out. */
function untouchable() {
  const touched: string[] = [];
  const touch = (what: string) => () => {
    touched.push(what);
    return Promise.reject(new Error(`${what} was touched`));
  };
  const ports: ActingPorts = {
    ...aCloud().ports,
    writer: { apply: touch('the control plane') },
    presence: { open: touch('the broker') },
    takeover: { connect: touch('the client ID') },
    messages: {
      beside: () => ({ keep: touch('the evidence'), close: touch('the evidence') }),
    },
    ender: { disconnect: touch('the connection') },
    refusalLog: { group: touch('the log'), refusals: touch('the log') },
    connections: { connection: touch('the connection API'), subscriptions: touch('the connection API') },
    operator: { decide: touch('the operator'), agreesToKick: touch('the operator') },
    sources: [],
    random: systemRandomness,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    context: { toolVersion: 'test', user: 'u', host: 'h' },
    onEntry: () => undefined,
    claims: {
      claim: async () => ({ lost: never, [Symbol.asyncDispose]: () => Promise.resolve() }),
    },
    records: recordsInMemory({ fullFrom: 0 }).records,
  };
  return { ports, touched };
}

describe('a resumed run whose record takes no more', () => {
  it.each([
    ['nothing', planned(), { verdict: 'failed', contained: 'no' }],
    ['the containment', containedOnly(), { verdict: 'unverified', contained: 'yes' }],
  ])('does nothing more after %s, and ends with the truth about the client', async (_, entries, expected) => {
    const { ports, touched } = untouchable();
    const document = await resume({ entries, protect: [] }, ports, never);
    expect(document).toMatchObject({ ...expected, cause: { code: 'record-unwritable' } });
    expect(touched).toEqual([]);
  });
});

describe('a resumed run that is stopped while another holds the client', () => {
  const stopped = (entries = containedOnly()) => {
    const { ports } = untouchable();
    const claims = { claim: () => Promise.resolve(undefined) };
    return resume({ entries, protect: [] }, { ...ports, claims }, AbortSignal.abort(new Error('Ctrl-C')));
  };

  it('says so, and not that it was refused', async () => {
    expect(await stopped()).toMatchObject({ verdict: 'interrupted', contained: 'yes', blockers: [] });
    const nothingDone = [opened({ request: aRequest() })];
    expect(await stopped(nothingDone)).toMatchObject({ verdict: 'interrupted', contained: 'no' });
  });
});
