import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { cloudTime } from '../../src/cli/cloud-time.ts';

afterEach(() => {
  jest.useRealTimers();
});

const never = new AbortController().signal;
const caller = () => Promise.resolve({ arn: '', principal: '', account: '' });

describe('the time by the cloud’s clock', () => {
  it('goes by the machine’s own clock, against which the skew was measured, though it was set meanwhile', async () => {
    const set = Date.now() + 600_000;
    jest.useFakeTimers({ now: set, doNotFake: ['performance'] });
    const cloud = { caller, clockSkewMs: () => 5_000 };
    expect(await cloudTime(cloud, 1_000)(never)).toBe(set + 5_000);
  });

  it('is asked for once, where no answer has shown it yet', async () => {
    let asked = 0;
    const cloud = {
      caller: () => {
        asked += 1;
        return caller();
      },
      clockSkewMs: () => undefined,
    };
    const now = cloudTime(cloud, 1_000);
    await Promise.all([now(never), now(never)]);
    await now(never);
    expect(asked).toBe(1);
  });
});
