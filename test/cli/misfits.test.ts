import { describe, expect, it } from '@jest/globals';
import { misfits } from '../../src/cli/misfits.ts';
import { readSettings } from '../../src/cli/settings.ts';
import type { Flags } from '../../src/cli/settings.ts';

const NOWHERE = { XDG_CONFIG_HOME: '/no/such/place' };
const misfitsOf = (flags: Flags) => {
  try {
    return misfits(readSettings(flags, NOWHERE));
  } catch (error) {
    return error instanceof Error ? [error.message] : [];
  }
};

describe('options that do not fit one another', () => {
  it.each([
    ['--action none', { action: ['none', 'deactivate'] }],
    ['--action none', { action: ['detach', 'none'] }],
    ['--action revoke', { action: ['revoke', 'deactivate'] }],
    ['--policy', { policy: ['fleet'] }],
    ['--policy', { policy: ['fleet'], action: ['deactivate'] }],
    ['--policy', { policy: ['fleet'], action: ['none'] }],
    ['--confirm-revoke', { confirmRevoke: 'ab' }],
    ['--confirm-revoke', { confirmRevoke: 'ab', action: ['deactivate'] }],
    ['--publish-will', { publishWill: true }],
    ['--publish-will', { publishWill: true, method: 'takeover' }],
    ['--publish-will', { publishWill: true, method: 'none' }],
    ['--keep-session', { keepSession: true, method: 'none' }],
    ['--method none', { method: 'none', action: ['none'] }],
  ] satisfies [string, Flags][])('are refused, each in a sentence: %s (%j)', (named, flags) => {
    const [said, ...more] = misfitsOf(flags);
    expect(more).toEqual([]);
    expect(said).toContain(named);
  });

  it.each([
    {},
    { action: ['none'] },
    { action: ['none', 'none'] },
    { action: ['deactivate', 'detach'] },
    { action: ['revoke', 'detach'], confirmRevoke: 'ab' },
    { action: ['detach'], policy: ['fleet', 'extra'] },
    { action: ['deactivate', 'detach'], policy: ['fleet'] },
    { method: 'api', publishWill: true, keepSession: true },
    { method: 'both', publishWill: true },
    { method: 'takeover', keepSession: true },
    { method: 'none', action: ['deactivate'] },
    { method: 'api', action: ['none'] },
  ] satisfies Flags[])('are none in %j', (flags) => {
    expect(misfitsOf(flags)).toEqual([]);
  });

  it('are all said at once', () => {
    const [said = ''] = misfitsOf({ policy: ['fleet'], confirmRevoke: 'ab', publishWill: true });
    for (const name of ['--policy', '--confirm-revoke', '--publish-will']) expect(said).toContain(name);
  });

  it('are refused whichever way they came: from a file or the environment as from a flag', () => {
    const env = { ...NOWHERE, EVICT_METHOD: 'none', EVICT_KEEP_SESSION: 'true' };
    expect(() => readSettings({}, env)).toThrow('--keep-session');
  });
});
