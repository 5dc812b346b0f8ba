import { describe, expect, it } from '@jest/globals';
import type { Change } from '../../src/domain/change.ts';
import { carryOut } from '../../src/response/carry-out.ts';
import { Incident } from '../../src/response/incident.ts';
import { aCloud, recordsInMemory } from './a-thread.ts';

const deactivation: Change = {
  kind: 'certificate-status',
  step: 'deactivate',
  target: 'arn:cert',
  certificateId: 'c',
  before: 'ACTIVE',
  after: 'INACTIVE',
};

async function carriedOut(
  faults: Parameters<typeof aCloud>[0],
  { change = deactivation, fullFrom = Infinity }: { change?: Change; fullFrom?: number } = {},
) {
  const cloud = aCloud(faults);
  const { kept, records } = recordsInMemory({ fullFrom });
  const incident = new Incident(() => undefined);
  await incident.keepIn(records);
  const result = carryOut(change, cloud.ports, { incident, timeoutMs: 1_000 });
  return { result, kept, cloud };
}

describe('a change', () => {
  it('is intended on disk, carried out, read back, and recorded as done', async () => {
    const { result, kept } = await carriedOut({});
    expect(await result).toBe(true);
    expect(kept).toEqual([
      expect.objectContaining({ kind: 'intended', step: 'deactivate', change: deactivation }),
      expect.objectContaining({ kind: 'done', already: false, state: 'INACTIVE', requestId: 'r-1' }),
    ]);
  });

  it('does not happen when its intention cannot be written', async () => {
    const { result, cloud } = await carriedOut({}, { fullFrom: 0 });
    await expect(result).rejects.toMatchObject({ code: 'record-unwritable' });
    expect(cloud.applied).toEqual([]);
    expect(cloud.status()).toBe('ACTIVE');
  });

  it('whose answer was lost after the effect is done: the read-back says so', async () => {
    const { result, kept } = await carriedOut({ apply: 'reply-lost' });
    expect(await result).toBe(true);
    expect(kept.at(-1)).toMatchObject({ kind: 'done', state: 'INACTIVE' });
  });

  it('that was answered and had no effect has failed: the read-back says so', async () => {
    const { result, kept } = await carriedOut({ apply: 'no-effect' });
    expect(await result).toBe(false);
    expect(kept.at(-1)).toMatchObject({ kind: 'failed', code: 'service-failed', state: 'ACTIVE' });
  });

  it('that was refused has failed, with the reason and the state that is left', async () => {
    const { result, kept } = await carriedOut({ apply: 'denied' });
    expect(await result).toBe(false);
    expect(kept.at(-1)).toMatchObject({
      kind: 'failed',
      code: 'access-denied',
      state: 'ACTIVE',
      refused: true,
    });
  });

  it('that was refused at the last of several tries may have been made by an earlier one', async () => {
    const { result, kept } = await carriedOut({ apply: 'denied-at-last', read: 'down' });
    expect(await result).toBe(false);
    expect(kept.at(-1)).toMatchObject({ kind: 'failed', code: 'credentials-missing', refused: false });
    const readable = await carriedOut({ apply: 'denied-at-last' });
    expect(await readable.result).toBe(true); // the read-back says so
  });

  it('of what is not in this account and region is not made', async () => {
    const { result, kept, cloud } = await carriedOut({ read: 'elsewhere' });
    expect(await result).toBe(false);
    expect(cloud.applied).toEqual([]);
    expect(kept.at(-1)).toMatchObject({ kind: 'failed', refused: true, state: 'NOT FOUND' });
  });

  it('that cannot be read back is not known, and does not count', async () => {
    const { result, kept } = await carriedOut({ read: 'down' });
    expect(await result).toBe(false);
    expect(kept.at(-1)).toMatchObject({ kind: 'failed', code: 'endpoint-unreachable' });
    expect(JSON.stringify(kept.at(-1))).not.toContain('"state"');
  });

  it('whose read-back lags behind is waited for', async () => {
    const { result, kept } = await carriedOut({ read: 'late' });
    expect(await result).toBe(true);
    expect(kept.at(-1)).toMatchObject({ kind: 'done', state: 'INACTIVE', requestId: 'r-1' });
  });

  it('starts from what is so now, not from what was so when it was planned', async () => {
    const { result, kept, cloud } = await carriedOut({}, { change: { ...deactivation, before: 'INACTIVE' } });
    expect(await result).toBe(true);
    expect(cloud.applied).toEqual(['INACTIVE']);
    expect(kept[0]).toMatchObject({ change: { before: 'ACTIVE' } });
  });

  it('that is so already is not made again', async () => {
    const change = { ...deactivation, before: 'INACTIVE' };
    const cloud = aCloud();
    await cloud.ports.writer.apply(deactivation, AbortSignal.timeout(1_000));
    const { kept, records } = recordsInMemory();
    const incident = new Incident(() => undefined);
    await incident.keepIn(records);
    expect(await carryOut(change, cloud.ports, { incident, timeoutMs: 1_000 })).toBe(true);
    expect(cloud.applied).toHaveLength(1);
    expect(kept.at(-1)).toMatchObject({ kind: 'done', already: true });
  });
});
