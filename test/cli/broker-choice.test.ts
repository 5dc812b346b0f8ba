import { describe, expect, it } from '@jest/globals';
import { brokerChoice } from '../../src/cli/broker-choice.ts';
import { readSettings } from '../../src/cli/settings.ts';

const NOWHERE = { XDG_CONFIG_HOME: '/no/such/place' };
const choice = (flags: Record<string, string>) => brokerChoice(readSettings(flags, NOWHERE));

describe('the broker', () => {
  it('is AWS’s own, over a signed WebSocket, where nothing is said', () => {
    expect(choice({})).toEqual({ kind: 'signature', url: undefined, ca: undefined });
  });

  it.each([
    ['wss://host.example', 'wss://host.example/mqtt'],
    ['wss://host.example/', 'wss://host.example/mqtt'],
    ['wss://host.example/mqtt', 'wss://host.example/mqtt'],
    ['wss://host.example:443/mqtt', 'wss://host.example/mqtt'],
    ['wss://HOST.example:8443', 'wss://host.example:8443/mqtt'],
    ['wss://[::1]:8443', 'wss://[::1]:8443/mqtt'],
  ])('%s is %s', (mqttUrl, url) => {
    expect(choice({ mqttUrl, ca: 'ca.pem' })).toEqual({ kind: 'signature', url, ca: 'ca.pem' });
  });

  it('is reached by certificate at mqtts, with the authority that is to be trusted', () => {
    const url = 'mqtts://host.example:8883';
    expect(choice({ mqttUrl: url, cert: 'c', key: 'k', ca: 'a' })).toEqual({
      kind: 'certificate',
      url,
      files: { cert: 'c', key: 'k', ca: 'a' },
    });
    expect(choice({ mqttUrl: url })).toEqual({ kind: 'certificate', url, files: undefined });
  });

  it.each([
    [{ cert: 'c', key: 'k' }, '--cert goes with --mqtt-url mqtts://host:8883, which is missing'],
    [{ key: 'k' }, '--key goes with --mqtt-url mqtts://host:8883, which is missing'],
    [{ mqttUrl: 'wss://host', cert: 'c', key: 'k' }, '--cert does not go with --mqtt-url wss://host'],
    [{ mqttUrl: 'wss://host', key: 'k' }, '--key does not go with --mqtt-url wss://host'],
    [{ mqttUrl: 'mqtts://host:8883', key: 'k' }, '--cert and --key go together, and one is missing'],
  ])('is not chosen by options that do not fit: %j', (flags, said) => {
    expect(() => choice(flags)).toThrow(said);
  });

  it.each([
    'mqtt://host:1883',
    'ws://host/mqtt',
    'wss://host/other',
    'wss://host/mqtt?X-Amz-Signature=secret',
    'wss://host/mqtt#x',
    'wss://user:password@host/mqtt',
    'mqtts://user:password@host:8883',
    'mqtts://host',
    'wss://',
    'host',
  ])('is never "%s"', (mqttUrl) => {
    expect(() => choice({ mqttUrl })).toThrow('wss://host or mqtts://host:8883');
  });
});
